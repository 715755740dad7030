"""Credits: balances, holds and the ledger."""
