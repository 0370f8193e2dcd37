"""Bad input by the ten thousands: `make fuzz`, and shortened as tests."""
