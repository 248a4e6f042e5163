// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog_test

import (
	"bytes"
	"fmt"
	"log/slog"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/jsonlog"
)

// What is written is read again, with the text that the fields make.
func Example() {
	var file bytes.Buffer
	log := logger.New("app", jsonlog.NewObserver(&file, jsonlog.Options{}))
	log.Info("hello, {who}", slog.String("who", "world"))
	for e, err := range jsonlog.NewReader(&file, jsonlog.ReadConfig{}).Events() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Namespace, e.Text())
	}
	// Output: app hello, world
}
