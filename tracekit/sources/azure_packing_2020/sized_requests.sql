SELECT
    r.source_row,
    1 AS records,
    r."vmId",
    r."tenantId",
    r."vmTypeId",
    r.priority,
    r.starttime,
    r.endtime,
    t.core,
    t.memory
FROM requests AS r
LEFT JOIN (
    SELECT "vmTypeId", min(core) AS core, min(memory) AS memory
    FROM types
    GROUP BY "vmTypeId"
) AS t ON t."vmTypeId" = r."vmTypeId"
ORDER BY r.source_row
