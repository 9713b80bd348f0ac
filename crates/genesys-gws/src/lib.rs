//! callcontrol adapter for Genesys Web Services v2.
