//! The pictures of people, each under a name of its own: a person has one at most. What they show is `crate::picture`'s.

use super::schema::{pictures, users};
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// Which of the two sizes.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PictureSize {
    /// Beside a name.
    Small,
    /// On a page of its own.
    Large,
}

/// A picture in both sizes, as JPEG.
#[derive(Clone)]
pub struct StoredPicture {
    /// Names it to everybody.
    pub name: String,
    /// The small one.
    pub small: Vec<u8>,
    /// The large one.
    pub large: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = pictures, treat_none_as_default_value = false)]
struct Row {
    user_id: String,
    name: String,
    small: Vec<u8>,
    large: Vec<u8>,
    created_at: i64,
}

/// Puts a picture in the place of the one that a user has.
pub fn replace(
    connection: &mut Connection,
    user: Uuid,
    picture: StoredPicture,
    now: UnixTime,
) -> Result<(), DbError> {
    remove_of(connection, user)?;
    let StoredPicture { name, small, large } = picture;
    let row = Row { user_id: user.to_string(), name, small, large, created_at: now.as_secs() };
    diesel::insert_into(pictures::table).values(row).execute(connection)?;
    Ok(())
}

/// The picture of this name, of a user who may sign in.
pub fn by_name(
    connection: &mut Connection,
    name: &str,
    size: PictureSize,
) -> Result<Option<Vec<u8>>, DbError> {
    let named = pictures::table.inner_join(users::table.on(users::id.eq(pictures::user_id)));
    let named = named.filter(pictures::name.eq(name)).filter(users::status.eq("active"));
    Ok(match size {
        PictureSize::Small => named.select(pictures::small).get_result(connection).optional()?,
        PictureSize::Large => named.select(pictures::large).get_result(connection).optional()?,
    })
}

/// The large picture of a user.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Option<Vec<u8>>, DbError> {
    Ok(pictures::table.find(user.to_string()).select(pictures::large).get_result(connection).optional()?)
}

/// What the picture of a user is called.
pub fn name_of(connection: &mut Connection, user: Uuid) -> Result<Option<String>, DbError> {
    Ok(pictures::table.find(user.to_string()).select(pictures::name).get_result(connection).optional()?)
}

/// Removes the picture of a user. `false` when they have none.
pub fn remove_of(connection: &mut Connection, user: Uuid) -> Result<bool, DbError> {
    Ok(diesel::delete(pictures::table.find(user.to_string())).execute(connection)? > 0)
}
