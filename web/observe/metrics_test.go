// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/observe"
	"github.com/torsion-go/torsion/web/webtest"
)

func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, l+"\n") {
			t.Errorf("no line %s in\n%s", l, text)
		}
	}
}

// measured returns metrics of some requests.
func measured() *observe.Metrics {
	m := observe.NewMetrics()
	for i, d := range []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Second, 2 * time.Minute} {
		m.LogAccess(&web.Access{Method: "GET", Status: 200, Duration: d, Bytes: []int64{0, 100, 101, 1 << 40}[i]})
	}
	m.LogAccess(&web.Access{Method: "POST", Status: 503})
	return m
}

func TestMetrics(t *testing.T) {
	text := string(measured().Append(nil))
	has(t, text,
		`http_requests_total{method="GET",status="2xx"} 4`, `http_requests_total{method="POST",status="5xx"} 1`,
		`http_request_duration_seconds_bucket{method="GET",status="2xx",le="0.001"} 1`, `http_request_duration_seconds_bucket{method="GET",status="2xx",le="0.0025"} 2`,
		`http_request_duration_seconds_bucket{method="GET",status="2xx",le="60.0"} 3`, `http_request_duration_seconds_bucket{method="GET",status="2xx",le="+Inf"} 4`,
		`http_request_duration_seconds_count{method="GET",status="2xx"} 4`, `http_request_duration_seconds_sum{method="GET",status="2xx"} 123.003`,
		`http_response_size_bytes_bucket{method="GET",status="2xx",le="100.0"} 2`, `http_response_size_bytes_bucket{method="GET",status="2xx",le="1000.0"} 3`, `http_response_size_bytes_bucket{method="GET",status="2xx",le="+Inf"} 4`,
		`http_response_size_bytes_sum{method="GET",status="2xx"} 1099511627977`, "# EOF")
	if strings.Contains(text, `status="4xx"`) || !strings.HasSuffix(text, "# EOF\n") {
		t.Error(text)
	}
}

// Whatever clients send makes no more than so many series.
func TestCardinality(t *testing.T) {
	m := observe.NewMetrics()
	c := connect(hello, web.Config{AccessLog: m, Limits: web.Limits{Requests: 1000}})
	for i := range 300 {
		c.Do(webtest.Request{Method: fmt.Sprintf("M%d", i), Target: fmt.Sprintf("/%d", i)})
	}
	for status := range 1200 {
		m.LogAccess(&web.Access{Method: "GET", Status: status})
	}
	text := string(m.Append(nil))
	has(t, text, `http_requests_total{method="other",status="2xx"} 300`)
	if n := strings.Count(text, "http_requests_total{"); n != 6 {
		t.Errorf("%d series", n)
	}
}

func TestSites(t *testing.T) {
	m := observe.NewMetrics()
	panics := web.LeafFunc(func(*web.Request) { panic("x") })
	site := web.NewSite(observe.Trace(panics, observe.TraceConfig{}), web.Config{AccessLog: web.AccessLogs(m), Logger: quiet})
	m.AddSite("a\"\\\nb", site)
	c := webtest.Connect(site, webtest.Config{})
	c.Do(webtest.Request{Header: http.Header{"Traceparent": {good}}})
	refused := webtest.Connect(site, webtest.Config{})
	refused.Raw("bad\r\n\r\n")
	refused.Lose()
	text := string(m.Append(nil))
	label := `{site="a\"\\\nb"`
	has(t, text, "http_connections"+label+"} 1", "http_connections_accepted_total"+label+"} 2", "http_panics_total"+label+"} 1", "http_upgrades_total"+label+"} 0",
		"http_limits_total"+label+`,limit="refused"} 1`, "http_limits_total"+label+`,limit="timed_out"} 0`, `http_requests_total{method="other",status="4xx"} 1`)
	if !strings.Contains(text, ` # {trace_id="`+traceID+`"} `) {
		t.Error("no exemplar in", text)
	}
	res := webtest.Get(m, "/")
	if res.Status != 200 || res.Header.Get("Content-Type") != "application/openmetrics-text; version=1.0.0; charset=utf-8" || !strings.HasSuffix(res.Body, "# EOF\n") {
		t.Errorf("%+v", res)
	}
	if res := webtest.Do(m, webtest.Request{Method: "POST"}); res.Status != 405 {
		t.Error(res.Status)
	}
}

const parse = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for f in text_string_to_metric_families(sys.stdin.read()):
    print(f.name, f.type, f.unit, int(sum(s.value for s in f.samples if s.name.endswith(('_total', '_count')))), sum(1 for s in f.samples if s.exemplar))
`

// The parser of Prometheus's own library, which is strict, takes the text for what it is.
func TestPrometheus(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has Debian's packages
	if _, err := os.Stat("/usr/lib/python3/dist-packages/prometheus_client"); err != nil {
		t.Skip("python3-prometheus-client is missing")
	}
	m := measured()
	site := web.NewSite(observe.Trace(hello, observe.TraceConfig{}), web.Config{AccessLog: m, Logger: quiet})
	m.AddSite("main \"\\\n", site)
	m.AddSite("other", site)
	webtest.Connect(site, webtest.Config{}).Do(webtest.Request{Method: "PUT", Header: http.Header{"Traceparent": {good}}})
	cmd := exec.CommandContext(t.Context(), python, "-c", parse)
	cmd.Stdin = strings.NewReader(string(m.Append(nil)))
	out, err := cmd.CombinedOutput()
	want := "http_requests counter  6 0\nhttp_request_duration_seconds histogram seconds 6 1\nhttp_response_size_bytes histogram bytes 6 0\nhttp_connections gauge  0 0\n" +
		"http_connections_accepted counter  2 0\nhttp_upgrades counter  0 0\nhttp_panics counter  0 0\nhttp_limits counter  0 0\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, out, want)
	}
}
