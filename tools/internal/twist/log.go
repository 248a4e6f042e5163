// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/torsion-go/torsion/web"
)

// openLogs returns the log of the program and the log of requests.
func openLogs(format string, stdout, stderr io.Writer) (*slog.Logger, web.AccessLog, error) {
	switch format {
	case "text":
		l := slog.New(slog.NewTextHandler(stderr, nil))
		return l, web.SlogAccess(l), nil
	case "json":
		l := slog.New(slog.NewJSONHandler(stderr, nil))
		return l, web.SlogAccess(l), nil
	case "combined":
		return slog.New(slog.NewTextHandler(stderr, nil)), web.CombinedLog(stdout), nil
	}
	return nil, nil, fmt.Errorf("%q is not text, json or combined", format)
}
