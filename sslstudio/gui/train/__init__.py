"""The Train workspace: verdict, loss with its ruler, monitors, and what may be changed now."""
