//! The rview desktop application.
