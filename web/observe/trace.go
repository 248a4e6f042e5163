// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// A SpanContext names a span of a trace, here or on another server. The zero SpanContext is none.
type SpanContext struct {
	TraceID [16]byte
	SpanID  [8]byte
	Sampled bool
	State   string // tracestate, as it came
}

// IsValid reports whether it names a span.
func (sc SpanContext) IsValid() bool { return sc.TraceID != [16]byte{} && sc.SpanID != [8]byte{} }

// Traceparent returns the header field that tells other servers of the span, or "" if there is none.
func (sc SpanContext) Traceparent() string {
	if !sc.IsValid() {
		return ""
	}
	b := hex.AppendEncode([]byte("00-"), sc.TraceID[:])
	b = hex.AppendEncode(append(b, '-'), sc.SpanID[:])
	if sc.Sampled {
		return string(b) + "-01"
	}
	return string(b) + "-00"
}

// ParseTraceparent reads a traceparent field. What is malformed is the zero SpanContext. A version that is not known is read as far as it is like version 00.
func ParseTraceparent(s string) SpanContext {
	var sc SpanContext
	var version, flags [1]byte
	if len(s) < 55 || s[2] != '-' || s[35] != '-' || s[52] != '-' ||
		!unhex(version[:], s[:2]) || !unhex(sc.TraceID[:], s[3:35]) || !unhex(sc.SpanID[:], s[36:52]) || !unhex(flags[:], s[53:55]) {
		return SpanContext{}
	}
	if version[0] == 0xff || version[0] == 0 && len(s) > 55 || len(s) > 55 && s[55] != '-' || !sc.IsValid() {
		return SpanContext{}
	}
	sc.Sampled = flags[0]&1 != 0
	return sc
}

// unhex reads lower-case digits.
func unhex(into []byte, s string) bool {
	if strings.ContainsAny(s, "ABCDEF") {
		return false
	}
	_, err := hex.Decode(into, []byte(s))
	return err == nil
}

// The bounds of a tracestate, of section 3.3.1.
const (
	maxState   = 512
	maxMembers = 32
)

// stateOf returns the tracestate of the request, or "" if it is not well-formed.
func stateOf(r *web.Request) string {
	var members []string
	seen := make(map[string]bool)
	for line := range r.Header.Values("tracestate") {
		for m := range strings.SplitSeq(line, ",") {
			if m = strings.Trim(m, " \t"); m == "" {
				continue
			}
			key, value, ok := strings.Cut(m, "=")
			if !ok || !validKey(key) || !validValue(value) || seen[key] || len(members) == maxMembers {
				return ""
			}
			seen[key] = true
			members = append(members, m)
		}
	}
	state := strings.Join(members, ",")
	if len(state) > maxState {
		return ""
	}
	return state
}

func validKey(s string) bool {
	tenant, system, multi := strings.Cut(s, "@")
	if multi && (len(tenant) > 241 || len(system) > 14 || system == "" || system[0] < 'a' || system[0] > 'z' || strings.Contains(system, "@")) {
		return false
	}
	if tenant == "" || len(s) > 256 || !multi && (tenant[0] < 'a' || tenant[0] > 'z') || tenant[0] == '_' || strings.ContainsRune("-*/", rune(tenant[0])) {
		return false
	}
	return !strings.ContainsFunc(tenant+system, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("_-*/", c)
	})
}

func validValue(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' || c == ',' || c == '=' })
}

// A Tracer makes spans. Start is called when a request has come, on its loop; parent is the zero SpanContext if the client sent none, or none that is believed.
type Tracer interface {
	Start(r *web.Request, parent SpanContext) Span
}

// A Span is what a Tracer has begun. SpanContext names it. End is called once, on the loop, when the response is complete, or with the reason when the client has gone before.
type Span interface {
	SpanContext() SpanContext
	End(r *web.Request, reason error)
}

// A TraceConfig holds the options of [Trace].
type TraceConfig struct {
	Tracer Tracer // nil makes names for spans, and nothing else of them
	// TrustedOnly takes trace context from web.Config.Proxies only: others cannot join traces, or have them sampled.
	TrustedOnly bool
}

// spanContext is the span of a request.
var spanContext = web.NewKey[SpanContext]("span context")

// SpanContextOf returns the span of a request that came through [Trace]. Send its Traceparent, and its State as tracestate, to the servers that are asked because of it; package proxy does so.
func SpanContextOf(r *web.Request) SpanContext {
	sc, _ := spanContext.Get(r)
	return sc
}

// Trace wraps inner: each request has a span, which continues the trace of its traceparent field. The fields of the request are replaced by those for servers behind this one.
func Trace(inner web.Resource, config TraceConfig) web.Leaf {
	return &wrapper{inner, func(r *web.Request) {
		var parent SpanContext
		if n := count(r, "traceparent"); n == 1 && (!config.TrustedOnly || r.FromProxy()) {
			if parent = ParseTraceparent(r.Header.Get("traceparent")); parent.IsValid() {
				parent.State = stateOf(r)
			}
		}
		var sc SpanContext
		if config.Tracer != nil {
			span := config.Tracer.Start(r, parent)
			sc = span.SpanContext()
			r.NotifyEnd(func(reason error) { span.End(r, reason) })
		} else {
			sc = parent
			if !parent.IsValid() {
				rand.Read(sc.TraceID[:])
			}
			rand.Read(sc.SpanID[:])
		}
		spanContext.Set(r, sc)
		r.Header.Del("traceparent")
		r.Header.Del("tracestate")
		if sc.IsValid() {
			r.Header.Set("traceparent", sc.Traceparent())
			if sc.State != "" {
				r.Header.Set("tracestate", sc.State)
			}
		}
	}}
}

func count(r *web.Request, name string) (n int) {
	for range r.Header.Values(name) {
		n++
	}
	return n
}
