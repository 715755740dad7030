"""How the site speaks to AWS: clients, DynamoDB, S3, queues, events, uploads."""
