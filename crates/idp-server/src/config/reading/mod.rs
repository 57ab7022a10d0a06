//! From the sources to a configuration: the file, the environment and the flags in order, with every mistake refused in
//! words that name the key, the value and the mend; and back to lines that an operator can read.

mod environment;
mod error;
mod known_keys;
mod load;
mod mask;
mod origin;
mod service_variable;
mod show;
mod text_source;
mod validation;
mod warnings;
mod wrong_value;

pub use error::{ConfigError, UnknownKey};
pub use load::{Inputs, Loaded, load};
pub use origin::{Origin, Origins};
pub use show::{Setting, settings};
pub use validation::violations;
pub use warnings::warnings;
