// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package loggertest_test

import (
	"fmt"
	"log/slog"

	"github.com/torsion-go/torsion/logger/loggertest"
)

// What a part of a program logs can be looked at.
func ExampleNew() {
	log, logged := loggertest.New("shop")
	log.Warn("no such article: {id}", slog.Int("id", 7))
	for _, text := range logged.Texts() {
		fmt.Println(text)
	}
	fmt.Println(loggertest.Value(logged.Events()[0], "id"))
	// Output:
	// warn: no such article: 7
	// 7
}
