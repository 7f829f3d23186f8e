-- Who got how many messages of late.
CREATE INDEX deliveries_sent ON deliveries (handed_at) WHERE purpose = 'page' AND handed_at IS NOT NULL;
