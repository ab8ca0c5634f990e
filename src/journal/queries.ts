/** The questions asked of the records in SQL. */

/** Watches discovered and not released since: deployment, policy, and the seq of the first record of that watch. */
export const OPEN_WATCHES = `
WITH ended AS (
  SELECT deployment, policy, max(seq) AS seq FROM record WHERE kind = 'watch-released' GROUP BY deployment, policy
)
SELECT r.deployment AS deployment, r.policy AS policy, min(r.seq) AS since
FROM record r LEFT JOIN ended e ON e.deployment = r.deployment AND e.policy = r.policy
WHERE r.kind = 'deployment-discovered' AND r.seq > coalesce(e.seq, 0)
GROUP BY r.deployment, r.policy
`;

/**
 * Stops requested and not settled since: deployment, and the seq of the request. One whose watch has been released since
 * (its deployment is gone, or its policy) is over too: nobody takes it up any more, and it must not keep records for ever.
 */
export const UNSETTLED_STOPS = `
WITH ended AS (
  SELECT deployment, max(seq) AS seq FROM record WHERE kind IN ('stop-settled', 'watch-released') GROUP BY deployment
)
SELECT r.deployment AS deployment, NULL AS policy, min(r.seq) AS since
FROM record r LEFT JOIN ended e ON e.deployment = r.deployment
WHERE r.kind = 'stop-requested' AND r.seq > coalesce(e.seq, 0)
GROUP BY r.deployment
`;

/** The circuit breaker's opening, for as long as nobody closed it: the seq of the record. */
export const OPEN_CIRCUIT = `
SELECT min(seq) AS since FROM record
WHERE kind = 'circuit-opened'
  AND seq > coalesce((SELECT max(seq) FROM record WHERE kind = 'circuit-closed'), 0)
`;
