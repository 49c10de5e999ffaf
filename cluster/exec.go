package cluster

import (
	"fmt"
	"strings"
)

func exitMessage(e *ExitError) string {
	msg := fmt.Sprintf("%s: exit status %d", strings.Join(e.Argv, " "), e.Code)
	if out := strings.TrimSpace(e.Output); out != "" {
		msg += ": " + out
	}
	return msg
}
