// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console_test

import (
	"errors"
	"log/slog"
	"os"

	"github.com/torsion-go/torsion/logger/console"
)

func ExampleNewHandler() {
	log := slog.New(console.NewHandler(os.Stdout, &console.Config{TimeFormat: "-"})).With("namespace", "app.web")
	log.Warn("slow answer", "path", "/a b", "err", errors.New("timed out"))
	// Output: warn  app.web: slow answer path="/a b" error="timed out"
}
