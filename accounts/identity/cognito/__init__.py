"""The identity provider: its protocol, and Cognito as its implementation."""
