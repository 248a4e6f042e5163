// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/torsion-go/torsion/trial/internal/collect"
	"github.com/torsion-go/torsion/trial/internal/testjson"
	"github.com/torsion-go/torsion/trial/result"
)

// Report tells cfg.Reporter of tests that ran elsewhere: in is the output of go test -json. Of cfg, only Dir, Reporter and StrictTodo matter. When ctx ends, Report returns when the next of in was read.
//
// Lines that are no events are shown if no package tells why go test failed.
func Report(ctx context.Context, in io.Reader, cfg Config) (*result.Summary, error) {
	cfg = cfg.defaults()
	started := time.Now()
	c := collect.New(cfg.Reporter, collect.Config{Dir: findModules(cfg.Dir).dir, StrictTodo: cfg.StrictTodo})
	c.Begin(&result.Run{Started: started})
	parser := testjson.NewParser(testjson.Limits{})
	buf := make([]byte, 64<<10)
	var err error
	for err == nil && ctx.Err() == nil {
		var n int
		n, err = in.Read(buf)
		parser.Feed(buf[:n])
		for ev := range parser.Events() {
			c.Event(ev)
		}
	}
	parser.Close()
	for ev := range parser.Events() {
		c.Event(ev)
	}
	c.End("the stream ends before it does")
	if c.Packages() == 0 {
		text := "there are no tests in the stream: it should be what go test -json writes"
		if raw := c.RawText(); raw != "" {
			text += "\n" + raw
		}
		c.Problem("stream", text)
	}
	s := c.Summary(time.Since(started), ctx.Err() != nil)
	if done := c.Done(s); done != nil {
		return s, done
	}
	if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		return s, fmt.Errorf("runner: reading the stream: %w", err)
	}
	return s, nil
}
