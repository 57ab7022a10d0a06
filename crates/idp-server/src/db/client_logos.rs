//! The logos of clients.

use super::schema::client_logos as logos;
use super::update::update;
use super::{Connection, DbError, parsed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use idp_core::client::ClientId;
use idp_core::logo::{Logo, LogoName};

/// Gives a client a logo in the place of the one that it had.
pub fn set(connection: &mut Connection, client: &ClientId, logo: &Logo) -> Result<(), DbError> {
    let columns =
        (logos::name.eq(logo.name().to_string()), logos::content.eq(STANDARD.encode(logo.content())));
    if update(logos::table.find(client.as_str()), columns.clone()).execute(connection)? == 0 {
        let row = (logos::client_id.eq(client.as_str()), columns.0, columns.1);
        diesel::insert_into(logos::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// Takes the logo of a client away, if it has one.
pub fn remove(connection: &mut Connection, client: &ClientId) -> Result<(), DbError> {
    diesel::delete(logos::table.find(client.as_str())).execute(connection)?;
    Ok(())
}

/// The logo of this name. Several clients may have the same one.
pub fn named(connection: &mut Connection, name: &LogoName) -> Result<Option<Logo>, DbError> {
    let contents = logos::table.filter(logos::name.eq(name.as_str())).select(logos::content).limit(1);
    let content: Option<String> = contents.get_result(connection).optional()?;
    content.map(|content| parsed(decoded(&content), "client_logos.content")).transpose()
}

fn decoded(content: &str) -> Option<Logo> {
    Logo::parse(STANDARD.decode(content).ok()?).ok()
}
