//! The ways a sign-in ends: the user signs out here (RP-initiated logout), or the provider tells
//! (back-channel logout). OpenID Connect RP-Initiated Logout 1.0; Back-Channel Logout 1.0.

pub(crate) mod back_channel;
pub(crate) mod rp_initiated;
