-- +goose Up

-- Licenses that end, by when. It is an index of licenses.ends_at that leaves out those without an end, and stands beside the table, so
-- that a first activation changes no index of licenses: it adds one row here, and the new version of the license stays on its page,
-- which has room for it.
CREATE TABLE license_ends (
    tenant_id  BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, ends_at, license_id)
);
INSERT INTO license_ends (tenant_id, ends_at, license_id)
SELECT tenant_id, ends_at, id FROM licenses WHERE ends_at <> 0 ORDER BY tenant_id, ends_at, id;
DROP INDEX licenses_by_end;
ALTER TABLE licenses SET (fillfactor = 85);

CREATE FUNCTION file_license_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.ends_at <> 0 THEN
        DELETE FROM license_ends WHERE tenant_id = OLD.tenant_id AND ends_at = OLD.ends_at AND license_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.ends_at <> 0 THEN
        INSERT INTO license_ends (tenant_id, ends_at, license_id) VALUES (NEW.tenant_id, NEW.ends_at, NEW.id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER license_made AFTER INSERT ON licenses FOR EACH ROW WHEN (NEW.ends_at <> 0) EXECUTE FUNCTION file_license_end();
CREATE TRIGGER license_end_changed AFTER UPDATE OF ends_at ON licenses FOR EACH ROW WHEN (NEW.ends_at <> OLD.ends_at) EXECUTE FUNCTION file_license_end();
CREATE TRIGGER license_dropped AFTER DELETE ON licenses FOR EACH ROW WHEN (OLD.ends_at <> 0) EXECUTE FUNCTION file_license_end();
