"""Sign-up, sign-in, sessions, two-step verification, and the Cognito user pool behind them."""
