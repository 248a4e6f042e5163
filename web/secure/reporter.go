// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"log/slog"
	"sync/atomic"

	"github.com/torsion-go/torsion/web"
)

// A reporter writes a line about a refusal, one in a second at most.
type reporter struct {
	log    *slog.Logger // nil means slog.Default
	second atomic.Int64 // of the last line
	silent atomic.Int64 // refusals since then
}

func (p *reporter) report(r *web.Request, msg string, args ...any) {
	now := r.Loop().Now().Unix()
	if last := p.second.Load(); last == now || !p.second.CompareAndSwap(last, now) {
		p.silent.Add(1)
		return
	}
	if n := p.silent.Swap(0); n > 0 {
		args = append(args, "omitted", n)
	}
	log := p.log
	if log == nil {
		log = slog.Default()
	}
	log.Info(msg, args...)
}
