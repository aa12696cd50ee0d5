"""A ledger of bookings."""
