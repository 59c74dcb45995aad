-- What a used invitation gave (PEM), for the same key to have it again when a power cut took the answer; the row goes when the
-- terminal has shown the certificate. It opens nothing without the terminal's key.
ALTER TABLE invitation ADD COLUMN certificate TEXT;
