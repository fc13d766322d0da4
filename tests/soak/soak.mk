# The long runs of tests/soak, whose short ones are among scripts/test's: what
# thousands of starts, many VMs at once, and hours leave behind. They want a
# machine of their own.

STARTS   := 10000
RESTARTS := 10000
VMS      := 500
MINUTES  := 60

soak-starts soak-restarts soak-crowd soak-hour: $(OUT)/mayfly guests

soak-starts:
	MAYFLY=$(OUT)/mayfly tests/soak/starts $(STARTS)

soak-restarts:
	MAYFLY=$(OUT)/mayfly tests/soak/restarts $(RESTARTS)

soak-crowd:
	MAYFLY=$(OUT)/mayfly tests/soak/crowd $(VMS)

soak-hour:
	MAYFLY=$(OUT)/mayfly tests/soak/console $(MINUTES)

.PHONY: soak-starts soak-restarts soak-crowd soak-hour
