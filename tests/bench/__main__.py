"""`make bench`. It makes no calls to AWS."""

import os

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "aptmagic.settings",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
}

if __name__ == "__main__":
    import django

    django.setup()
    from tests.bench import design_choices, functions

    design_choices.main()
    functions.main()
