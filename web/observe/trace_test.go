// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/observe"
	"github.com/torsion-go/torsion/web/webtest"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
	good    = "00-" + traceID + "-" + spanID + "-01"
)

func TestParseTraceparent(t *testing.T) {
	for s, ok := range map[string]bool{
		good: true, "00-" + traceID + "-" + spanID + "-00": true, "00-" + traceID + "-" + spanID + "-ff": true, "cc-" + traceID + "-" + spanID + "-01-more": true, "cc-" + traceID + "-" + spanID + "-01": true,
		"": false, good + "-": false, good + "x": false, "cc-" + traceID + "-" + spanID + "-01x": false, "ff-" + traceID + "-" + spanID + "-01": false, strings.ToUpper(good): false, " " + good: false, good + " ": false,
		"00-" + strings.Repeat("0", 32) + "-" + spanID + "-01": false, "00-" + traceID + "-" + strings.Repeat("0", 16) + "-01": false, "0x-" + traceID + "-" + spanID + "-01": false,
		"00_" + traceID + "-" + spanID + "-01": false, "00-" + traceID + "_" + spanID + "-01": false, "00-" + traceID + "-" + spanID + "_01": false, "00-" + traceID[1:] + "g-" + spanID + "-01": false, "00-" + traceID + "-" + spanID + "-1": false,
	} {
		sc := observe.ParseTraceparent(s)
		if sc.IsValid() != ok || (sc.Traceparent() != "") != ok {
			t.Errorf("%q: %+v", s, sc)
		}
	}
	if sc := observe.ParseTraceparent(good); sc.Traceparent() != good || !sc.Sampled {
		t.Errorf("%+v", sc)
	}
	if (observe.SpanContext{}) != observe.ParseTraceparent("x") {
		t.Error("not zero")
	}
}

func FuzzParseTraceparent(f *testing.F) {
	f.Add(good)
	f.Fuzz(func(t *testing.T, s string) {
		if sc := observe.ParseTraceparent(s); sc.IsValid() && observe.ParseTraceparent(sc.Traceparent()) != sc {
			t.Errorf("%q", s)
		}
	})
}

// show answers with what servers behind this one would get.
var show = web.LeafFunc(func(r *web.Request) {
	r.WriteString(r.Header.Get("traceparent") + "|" + r.Header.Get("tracestate"))
	if sc := observe.SpanContextOf(r); sc.Traceparent() != r.Header.Get("traceparent") {
		r.WriteString("|differs")
	}
})

func TestTrace(t *testing.T) {
	for _, tt := range []struct {
		name   string
		parent []string
		state  []string
		config observe.TraceConfig
		joined bool
		want   string // tracestate
	}{
		{"no context", nil, []string{"a=1"}, observe.TraceConfig{}, false, ""},
		{"joined", []string{good}, []string{"congo=t61rcWkgMzE, rojo@x=00f067aa0ba902b7", "b=2"}, observe.TraceConfig{}, true, "congo=t61rcWkgMzE,rojo@x=00f067aa0ba902b7,b=2"},
		{"malformed", []string{good + "x"}, []string{"a=1"}, observe.TraceConfig{}, false, ""},
		{"twice", []string{good, good}, nil, observe.TraceConfig{}, false, ""},
		{"not believed", []string{good}, []string{"a=1"}, observe.TraceConfig{TrustedOnly: true}, false, ""},
		{"malformed state", []string{good}, []string{"a"}, observe.TraceConfig{}, true, ""},
		{"key twice", []string{good}, []string{"a=1,a=2"}, observe.TraceConfig{}, true, ""},
		{"bad keys", []string{good}, []string{"A=1"}, observe.TraceConfig{}, true, ""},
		{"digit first", []string{good}, []string{"1=1"}, observe.TraceConfig{}, true, ""},
		{"tenant may begin with a digit", []string{good}, []string{"1@a=1"}, observe.TraceConfig{}, true, "1@a=1"},
		{"no system", []string{good}, []string{"a@=1"}, observe.TraceConfig{}, true, ""},
		{"empty value", []string{good}, []string{"a="}, observe.TraceConfig{}, true, ""},
		{"= in a value", []string{good}, []string{"a=b=c"}, observe.TraceConfig{}, true, ""},
		{"long value", []string{good}, []string{"a=" + strings.Repeat("x", 257)}, observe.TraceConfig{}, true, ""},
		{"too long", []string{good}, []string{"a=" + strings.Repeat("x", 256) + ",b=" + strings.Repeat("x", 256)}, observe.TraceConfig{}, true, ""},
		{"empty members", []string{good}, []string{" ,a=1, ,"}, observe.TraceConfig{}, true, "a=1"},
	} {
		c := connect(observe.Trace(show, tt.config), web.Config{})
		res := c.Do(webtest.Request{Header: http.Header{"Traceparent": tt.parent, "Tracestate": tt.state}})
		parent, state, _ := strings.Cut(res.Body, "|")
		sc := observe.ParseTraceparent(parent)
		if !sc.IsValid() || strings.Contains(parent, traceID) != tt.joined || strings.Contains(parent, spanID) || sc.Sampled != tt.joined || state != tt.want {
			t.Errorf("%s: %s", tt.name, res.Body)
		}
	}
	many := "k0=1"
	for i := 'a'; i <= 'z'; i++ {
		many += "," + string(i) + "=1," + string(i) + "b=1"
	}
	if res := connect(observe.Trace(show, observe.TraceConfig{}), web.Config{}).Do(webtest.Request{Header: http.Header{"Traceparent": {good}, "Tracestate": {many}}}); !strings.HasSuffix(res.Body, "|") {
		t.Errorf("too many members: %s", res.Body)
	}
	c := connect(observe.Trace(show, observe.TraceConfig{TrustedOnly: true}), web.Config{Proxies: proxies})
	if res := c.Do(webtest.Request{Header: http.Header{"Traceparent": {good}}}); !strings.Contains(res.Body, traceID) {
		t.Errorf("a proxy was not believed: %s", res.Body)
	}
}

// tracer is a Tracer in memory.
type tracer struct{ log []string }

type span struct {
	*tracer
	sc observe.SpanContext
}

func (t *tracer) Start(r *web.Request, parent observe.SpanContext) observe.Span {
	t.log = append(t.log, "start "+r.Path+" "+parent.Traceparent())
	sc := parent
	sc.SpanID = [8]byte{1}
	return &span{t, sc}
}

func (s *span) SpanContext() observe.SpanContext { return s.sc }

func (s *span) End(r *web.Request, reason error) {
	end := "end " + http.StatusText(r.Status())
	if reason != nil {
		end = "lost"
	}
	s.log = append(s.log, end)
}

func TestTracer(t *testing.T) {
	var tr tracer
	var buf bytes.Buffer
	root := web.LeafFunc(func(r *web.Request) {
		if r.Path == "/wait" {
			r.NotDoneYet()
			return
		}
		r.Error(404, "")
	})
	c := connect(observe.Trace(root, observe.TraceConfig{Tracer: &tr}), web.Config{AccessLog: observe.JSONLog(&buf)})
	c.Do(webtest.Request{Target: "/x", Header: http.Header{"Traceparent": {good}}})
	if want := `"trace_id":"` + traceID + `","span_id":"0100000000000000"}`; !strings.Contains(buf.String(), want) {
		t.Errorf("%s", buf.String())
	}
	c.Do(webtest.Request{Target: "/wait"})
	c.Lose()
	if got, want := strings.Join(tr.log, "\n"), "start /x "+good+"\nend Not Found\nstart /wait \nlost"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
