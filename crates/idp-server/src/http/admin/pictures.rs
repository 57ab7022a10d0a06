//! What the pictures of the overview show, as far as the administrator may see it: sign-ins over time, what sites hold, the keys,
//! and what sites have not been told yet.

use super::act::page_error;
use super::gate::Administrator;
use super::keys;
use crate::db::hourly_sign_ins::HourOfSignIns;
use crate::http::request::BrowserRequest;
use crate::page::admin::picture::{Bar, Moment, TimeChart, share};
use crate::page::admin::{DeliveryPicture, KeyLine, SignInPicture, SitePicture};
use crate::page::{DisplayText, PageError, RelativeTime};
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use std::collections::BTreeMap;

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
/// Hours of the picture of a day.
const HOURS: i64 = 24;
/// Days of the picture of a month.
const DAYS: i64 = 30;
/// Sites that are compared.
const SITES: i64 = 10;

/// Sign-ins and refusals, of a day or, on request, of a month.
pub async fn sign_ins(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<SignInPicture>, PageError> {
    if !administrator.may(Permission::ReadAudit) {
        return Ok(None);
    }
    let is_month = request.query_param("days").as_deref() == Some("30");
    let (unit, count) = if is_month { (DAY, DAYS) } else { (HOUR, HOURS) };
    let last = request.now.as_secs().div_euclid(unit).saturating_mul(unit);
    let first = last.saturating_sub((count - 1) * unit);
    let by = administrator.administration(request);
    let hours = by.sign_ins_by_hour(UnixTime(first), request.now).await;
    let hours = hours.map_err(|error| page_error(request, error))?;
    let mut found = BTreeMap::new();
    for HourOfSignIns { hour, accepted, refused } in hours {
        let sums: &mut (i64, i64) = found.entry(hour.div_euclid(unit) * unit).or_default();
        *sums = (sums.0.saturating_add(accepted), sums.1.saturating_add(refused));
    }
    let language = request.layout().language;
    let moments = (0..count).map(|place| {
        let at = first.saturating_add(place * unit);
        let (accepted, refused) = found.get(&at).copied().unwrap_or_default();
        Moment { when: language.date(UnixTime(at)), above: whole(accepted), below: whole(refused) }
    });
    Ok(Some(SignInPicture { chart: TimeChart { moments: moments.collect() }, is_month }))
}

/// The sites with the most sign-ins.
pub async fn sites(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<SitePicture>, PageError> {
    if !administrator.may(Permission::ReadClients) {
        return Ok(None);
    }
    let found = administrator.administration(request).busiest_sites(SITES).await;
    let found = found.map_err(|error| page_error(request, error))?;
    let counted = found.iter().map(|site| site.counted_at).min();
    let language = request.layout().language;
    Ok(Some(SitePicture {
        counted: counted.map(|at| RelativeTime::new(UnixTime(at), request.now, language)),
        bars: bars(found.iter().map(|site| (DisplayText::name(&site.name), whole(site.open)))),
    }))
}

/// The signing keys over time.
pub async fn keys(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<(Vec<KeyLine>, i64)>, PageError> {
    if !administrator.may(Permission::ReadKeys) {
        return Ok(None);
    }
    let ring = keys::ring(request, administrator).await?;
    Ok(Some(keys::lines(request, &ring)))
}

/// What sites have not been told, or have not confirmed.
pub async fn deliveries(
    request: &BrowserRequest,
    administrator: &Administrator,
) -> Result<Option<DeliveryPicture>, PageError> {
    if !administrator.may(Permission::ReadDeliveries) {
        return Ok(None);
    }
    let found = administrator.administration(request).unconfirmed_by_site(request.now).await;
    let (waiting, behind) = found.map_err(|error| page_error(request, error))?;
    let named = |sites: Vec<(String, u64)>| {
        let most = usize::try_from(SITES).unwrap_or_default();
        bars(sites.into_iter().map(|(client, count)| (DisplayText::name(&client), count)).take(most))
    };
    Ok(Some(DeliveryPicture { waiting: named(waiting), behind: named(behind) }))
}

fn bars(counted: impl Iterator<Item = (DisplayText, u64)>) -> Vec<Bar> {
    let counted: Vec<(DisplayText, u64)> = counted.filter(|(_, count)| *count > 0).collect();
    let most = counted.iter().map(|(_, count)| *count).max().unwrap_or_default();
    counted.into_iter().map(|(name, count)| Bar { name, count, share: share(count, most) }).collect()
}

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
