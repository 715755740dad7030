"""AWS: clients, DynamoDB, S3, queues, events, scheduled tasks and uploads."""
