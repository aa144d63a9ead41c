-- Views over the analysts' tables, for Power BI (DuckDB connector), notebooks or the DuckDB shell.
-- In this folder:  duckdb caselink.duckdb < views.sql
CREATE OR REPLACE VIEW person AS SELECT * FROM read_parquet('person.parquet');
CREATE OR REPLACE VIEW feature AS SELECT * FROM read_parquet('feature.parquet');
CREATE OR REPLACE VIEW score AS SELECT * FROM read_parquet('score.parquet');
CREATE OR REPLACE VIEW selection AS SELECT * FROM read_parquet('selection.parquet');
CREATE OR REPLACE VIEW proposal AS SELECT * FROM read_parquet('proposal.parquet');
CREATE OR REPLACE VIEW activity AS
    SELECT * EXCLUDE (attributes, filename), attributes.*, regexp_extract(filename, '([a-z_]+)\.parquet$', 1) AS source
    FROM read_parquet('activity/*.parquet', filename = true);
-- One row per person: who, where, which tier, and every score as a column.
CREATE OR REPLACE VIEW person_score AS
    SELECT p.*, s.tier, v.* EXCLUDE (pseudonym)
    FROM person AS p
    LEFT JOIN selection AS s USING (pseudonym)
    LEFT JOIN (
        SELECT pseudonym,
               max(value) FILTER (score = 'emergency_admission_12_months') AS emergency_admission_12_months,
               max(value) FILTER (score = 'readmission_30_days') AS readmission_30_days,
               max(value) FILTER (score = 'long_term_care_12_months') AS long_term_care_12_months,
               max(value) FILTER (score = 'hospital_frailty_risk') AS hospital_frailty_risk,
               max(value) FILTER (score = 'charlson_index') AS charlson_index,
               max(value) FILTER (score = 'chronic_acsc_admissions') AS chronic_acsc_admissions,
               max(value) FILTER (score = 'whole_system_use') AS whole_system_use,
               max(value) FILTER (score = 'whole_system_percentile') AS whole_system_percentile,
               max(value) FILTER (score = 'whole_system_peer_percentile') AS whole_system_peer_percentile,
               max(value) FILTER (score = 'services_used') AS services_used,
               max(value) FILTER (score = 'cost_12_months') AS cost_12_months,
               max(value) FILTER (score = 'known_to_four_led_by_none') AS known_to_four_led_by_none
        FROM score GROUP BY pseudonym
    ) AS v USING (pseudonym);
-- People, contacts and cost of each kind of activity in each calendar month.
CREATE OR REPLACE VIEW activity_by_month AS
    SELECT date_trunc('month', start_date) AS month, activity_type, count(DISTINCT pseudonym) AS people, count(*) AS contacts,
           sum(cost_pence) / 100.0 AS cost_pounds
    FROM activity
    GROUP BY ALL;
