-- Private incidents: only their members may know of them, in every list and search.

ALTER TABLE incidents ADD COLUMN private boolean NOT NULL DEFAULT false;
ALTER TABLE incidents ADD COLUMN members text[] NOT NULL DEFAULT '{}';
