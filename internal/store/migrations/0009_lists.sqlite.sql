-- +goose Up

-- Lists that are narrowed, and licenses by their key alone.
CREATE INDEX licenses_by_key ON licenses (tenant_id, key_folded, id) WHERE key_folded IS NOT NULL;
CREATE INDEX orders_by_status ON orders (tenant_id, status, id);
