-- The public JWK that ID tokens of this client are encrypted for (RSA-OAEP-256, A256GCM).
ALTER TABLE clients ADD COLUMN id_token_encryption_key TEXT;
