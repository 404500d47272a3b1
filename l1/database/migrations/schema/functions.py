"""Functions that generated columns, queries and policies use: made before the tables."""

ACCOUNT = """
-- In whose name the transaction works; l1.database.engine sets it.
CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('l1.account_id', true), '')::uuid $$;
"""

CALLERS = r"""
-- How callers are told apart: by the name without regard to case and spaces, by the mail address, or by the end of the
-- number, which is the same with and without the country's code. Fewer than six digits are an extension, which many
-- callers share. Used by columns of tickets and by the query that compares with them, so that both say the same.
CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(lower(btrim(regexp_replace(name, '\s+', ' ', 'g'))), '');
CREATE FUNCTION contact_key(contact text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN contact LIKE '%@%' THEN lower(btrim(contact, E' \t\r\n'))
        WHEN length(regexp_replace(contact, '[^0-9]', '', 'g')) >= 6
            THEN right(regexp_replace(contact, '[^0-9]', '', 'g'), 9)
    END;
"""

SEARCH = r"""
-- What the search over calls reads of a text: letters without accents and digits, everything else a space, so that
-- PostgreSQL's parser makes no addresses, paths or signed numbers of it, and "Byron" is found in "a.byron@example.com".
-- Cut before and after, as one character may become eighteen (U+FDFA): a tsvector takes 1 MiB, and a walk that has more
-- could not be recorded.
CREATE FUNCTION search_text(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN left(regexp_replace(
        regexp_replace(normalize(left(words, 30000), NFKD), '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'
    ), 60000);

-- Every word of a query, as the beginning of one: people look at what is found while they type. Null without a word,
-- which finds nothing.
CREATE FUNCTION search_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & '))
        FROM regexp_split_to_table(search_text(words), ' ') AS word WHERE word <> ''
    );

-- Without stemming and stop words: names have neither.
CREATE FUNCTION ticket_words(number integer, problem text, customer_name text, customer_contact text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple', search_text(
        'T-' || number || ' T' || number || ' ' || coalesce(customer_name, '') || ' '
        || coalesce(customer_contact, '') || ' ' || problem
    ));

-- The same of a call with what was noted in it; `session` is l1.domain.session.Session as JSON.
CREATE FUNCTION session_words(session json) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple', search_text(
        coalesce(session ->> 'ticket_number', '') || ' ' || replace(coalesce(session ->> 'ticket_number', ''), '-', '')
        || ' ' || coalesce(session ->> 'customer_name', '') || ' ' || coalesce(session ->> 'customer_contact', '')
        || ' ' || coalesce(session ->> 'problem_statement', '')
        || ' ' || coalesce(session -> 'resolution' ->> 'notes', '')
        || ' ' || coalesce(session -> 'escalation' ->> 'reason', '')
        || ' ' || coalesce(
            (SELECT string_agg(note ->> 'text', ' ') FROM json_array_elements(session -> 'walk_notes') AS note), ''
        )
        || ' ' || coalesce(
            (SELECT string_agg(step ->> 'note', ' ') FROM json_array_elements(session -> 'walked_path') AS step), ''
        )
    ));
"""
