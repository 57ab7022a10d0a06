//! The tables as diesel sees them; `migrations/` is the original and describes the columns.
#![allow(missing_docs, reason = "generated items; the migrations describe the columns")]

use diesel::{allow_tables_to_appear_in_same_query, table};

table! { users (id) { id -> Text, username -> Text, status -> Text, not_before -> BigInt, claims -> Text, created_at -> BigInt, second_factor_required -> Bool, second_factor_asked_at -> Nullable<BigInt>, delete_at -> Nullable<BigInt>, first_sign_in_at -> Nullable<BigInt>, browsers_forgotten_at -> Nullable<BigInt>, } }
table! { sign_in_names (hash) { hash -> Text, user_id -> Text, } }
table! { mail_addresses (id) { id -> Text, user_id -> Text, address -> Text, verified_at -> Nullable<BigInt>, is_primary -> Bool, added_at -> BigInt, } }
table! {
    mail_links (user_id, purpose, subject) {
        user_id -> Text, purpose -> Text, subject -> Text, secret_hash -> Text, way_back -> Nullable<Text>, expires_at -> BigInt,
    }
}
table! {
    registration_links (kind, address_hash) {
        kind -> Text, address_hash -> Text, secret_hash -> Text, sealed -> Text, created_at -> BigInt, expires_at -> BigInt,
        user_id -> Nullable<Text>,
    }
}
table! { search_words (user_id, word) { user_id -> Text, word -> Binary, } }
table! {
    idempotency_keys (name) { name -> Text, request -> Text, started_at -> BigInt, answer -> Nullable<Text>, }
}
table! {
    administrator_links (secret_hash) {
        secret_hash -> Text, is_first -> Bool, created_at -> BigInt, expires_at -> BigInt, user_id -> Nullable<Text>,
    }
}
table! {
    audit_seals (number) {
        number -> BigInt, from_id -> Text, until_id -> Text, events -> BigInt, hash -> Text, mark -> Text,
    }
}
table! {
    audit_stream (name) {
        name -> Text, delivered_id -> Text, node -> Text, leased_until_ms -> BigInt, failing_since -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}
table! { acme_accounts (directory_url) { directory_url -> Text, sealed_credentials -> Text, created_at -> BigInt, } }
table! { acme_challenges (token) { token -> Text, key_authorization -> Text, expires_at -> BigInt, } }
table! {
    acme_certificates (id) {
        id -> Text, chain -> Nullable<Text>, sealed_key -> Nullable<Text>, ends_at -> Nullable<BigInt>, renew_at -> BigInt,
        ask_at -> BigInt, failures -> BigInt, try_at -> BigInt, failing_since -> Nullable<BigInt>,
        last_error -> Nullable<Text>, node -> Text, leased_until -> BigInt,
    }
}
table! { pictures (user_id) { user_id -> Text, name -> Text, small -> Binary, large -> Binary, created_at -> BigInt, } }
table! {
    password_credentials (user_id) {
        user_id -> Text, hash -> Text, is_confirmed -> Bool, temporary_until -> Nullable<BigInt>,
    }
}
table! {
    second_step_links (user_id) {
        user_id -> Text, sign_in -> Text, secret_hash -> Text, code_hash -> Text, way_back -> Nullable<Text>,
        expires_at -> BigInt, is_used -> Bool,
    }
}
table! { terms_acceptances (user_id, version) { user_id -> Text, version -> Text, accepted_at -> BigInt, } }
table! {
    totp_credentials (id) {
        id -> Text, user_id -> Text, name -> Text, sealed_secret -> Text, last_step -> BigInt, created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    recovery_codes (id) {
        id -> Text, user_id -> Text, set_id -> Text, hash -> Text, created_at -> BigInt, used_at -> Nullable<BigInt>,
    }
}
table! {
    passkeys (id) {
        id -> Text, user_id -> Text, user_handle -> Text, name -> Text, credential_id -> Text, credential_id_hash -> Text,
        public_key -> Text, sign_count -> BigInt, is_backup_eligible -> Bool, is_backed_up -> Bool, transports -> Text,
        aaguid -> Text, is_asked_for -> Bool, created_at -> BigInt, last_used_at -> Nullable<BigInt>,
    }
}

table! { password_costs (cost) { cost -> Text, users -> BigInt, } }

table! {
    clients (id) {
        id -> Text, id_hash -> Text, name -> Text, secret_hashes -> Nullable<Text>, redirect_uris -> Text, post_logout_redirect_uris -> Text,
        grant_types -> Text, scopes -> Text, audience -> Text, require_pkce -> Bool, consent -> Text,
        access_token_lifetime -> Nullable<BigInt>, backchannel_logout_uri -> Nullable<Text>,
        backchannel_logout_session_required -> Bool, id_token_encryption_key -> Nullable<Text>, follows_feed -> Bool, required_acr -> Nullable<Text>,
        client_uri -> Nullable<Text>, policy_uri -> Nullable<Text>, tos_uri -> Nullable<Text>, color -> Nullable<Text>, logo -> Nullable<Text>,
        claims_mapping -> Text, allowed_roles -> Text, allowed_groups -> Text, allowed_networks -> Text, uses_memberships -> Bool, not_before -> BigInt,
        created_at -> BigInt, removed_at -> Nullable<BigInt>,
    }
}

table! { client_logos (client_id) { client_id -> Text, name -> Text, content -> Text, } }

table! { signing_keys (kid) { kid -> Text, state -> Text, state_since -> BigInt, sealed_pem -> Text, } }
table! { devices (id) { id -> Text, secret_hash -> Text, kind -> Text, browser -> Nullable<Text>, system -> Nullable<Text>, created_at -> BigInt, last_seen_at -> BigInt, } }

table! { device_names (user_id, device_id) { user_id -> Text, device_id -> Text, name -> Text, } }

table! {
    sessions (sid) {
        sid -> Text, secret_hash -> Text, user_id -> Text, proofs -> Text, created_at -> BigInt,
        last_seen_at -> BigInt, ended_at -> Nullable<BigInt>, ended_cause -> Nullable<Text>, device_id -> Nullable<Text>,
        address -> Nullable<Text>, device_forgotten_at -> Nullable<BigInt>,
    }
}

table! {
    grants (id) {
        id -> Text, user_id -> Text, sid -> Text, client_id -> Text, scope -> Text, claims -> Text, proofs -> Text, acr -> Text,
        created_at -> BigInt, expires_at -> BigInt, refresh_hash -> Nullable<Text>, generation -> BigInt,
        refresh_issued_at -> BigInt, previous_hash -> Nullable<Text>, previous_replaced_at -> Nullable<BigInt>,
        sealed_successor -> Nullable<Text>, epoch -> BigInt, ended_at -> Nullable<BigInt>, ended_cause -> Nullable<Text>,
    }
}

table! {
    consents (user_id, client_id) {
        user_id -> Text, client_id -> Text, scope -> Text, given_at -> BigInt, withdrawn_at -> Nullable<BigInt>,
    }
}
table! { denied_tokens (jti) { jti -> Text, expires_at -> BigInt, } }
table! { permission_bundles (hash) { hash -> Text, content -> Text, expires_at -> BigInt, } }

table! {
    revocations (number) {
        number -> BigInt, kind -> Text, value -> Text, issued_before -> Nullable<BigInt>, cause -> Text, at -> BigInt,
        expires_at -> BigInt,
    }
}

table! { counters (name) { name -> Text, value -> BigInt, } }

table! {
    feed_acknowledgements (client_id, instance) {
        client_id -> Text, instance -> Text, number -> BigInt, received_ms -> BigInt, connected_until -> BigInt,
    }
}

table! {
    logout_deliveries (id) {
        id -> Text, client_id -> Text, sid -> Text, sub -> Text, created_ms -> BigInt, next_attempt_ms -> BigInt, attempts -> BigInt,
        state -> Text, leased_until_ms -> BigInt, last_error -> Nullable<Text>, delivered_ms -> Nullable<BigInt>,
    }
}

table! {
    mails (id) {
        id -> Text, user_id -> Nullable<Text>, kind -> Text, sealed -> Nullable<Text>, created_ms -> BigInt, next_attempt_ms -> BigInt,
        expires_ms -> BigInt, attempts -> BigInt, state -> Text, leased_until_ms -> BigInt, last_error -> Nullable<Text>,
        sent_ms -> Nullable<BigInt>,
    }
}

table! { redis_continuity (name) { name -> Text, epoch -> BigInt, watermark_ms -> BigInt, } }
table! { nodes (id) { id -> Text, seen_at -> BigInt, renewals -> BigInt, master_keys -> Text, } }
table! { installation_facts (name) { name -> Text, value -> Text, } }
table! { throttles (bucket) { bucket -> Text, full_at -> BigInt, } }

table! {
    audit_events (id) {
        id -> Text, at -> BigInt, event -> Text, actor -> Nullable<Text>, user_id -> Nullable<Text>, client_id -> Nullable<Text>,
        sid -> Nullable<Text>, address -> Nullable<Text>, detail -> Nullable<Text>,
    }
}

table! {
    roles (id) { id -> Text, name -> Text, description -> Text, permissions -> Nullable<Text>,
        requires_second_factor -> Bool, created_at -> BigInt, }
}
table! {
    groups (id) { id -> Text, name -> Text, description -> Text, external_id -> Nullable<Text>, created_at -> BigInt, }
}
table! { external_ids (provisioner, user_id) { provisioner -> Text, user_id -> Text, external_id -> Text, } }
table! { hourly_sign_ins (hour) { hour -> BigInt, accepted -> BigInt, refused -> BigInt, } }
table! { site_sessions (client_id) { client_id -> Text, open -> BigInt, counted_at -> BigInt, } }
table! { group_members (user_id, group_id) { user_id -> Text, group_id -> Text, } }
table! { user_roles (user_id, role_id) { user_id -> Text, role_id -> Text, } }
table! {
    attributes (id) { id -> Text, name -> Text, label -> Text, description -> Text, value_type -> Text, access -> Text,
        created_at -> BigInt, }
}
table! {
    user_attributes (user_id, attribute_id, position) { user_id -> Text, attribute_id -> Text, position -> BigInt, value -> Text, }
}
table! { removed_memberships (id) { id -> Text, kind -> Text, } }
table! { group_roles (group_id, role_id) { group_id -> Text, role_id -> Text, } }

allow_tables_to_appear_in_same_query!(
    users,
    roles,
    groups,
    external_ids,
    group_members,
    user_roles,
    attributes,
    user_attributes,
    group_roles,
    sign_in_names,
    mail_addresses,
    search_words,
    pictures,
    denied_tokens,
    permission_bundles,
    password_credentials,
    totp_credentials,
    second_step_links,
    passkeys,
    sessions,
    grants,
    devices,
    device_names,
    audit_events,
    clients,
    consents,
    counters,
    logout_deliveries
);
