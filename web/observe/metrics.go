// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package observe

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/web"
)

// The upper bounds of the buckets: seconds, and bytes of a body.
var (
	seconds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60}
	sizes   = [...]float64{100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}
)

// methods are the values of label method; any other one is "other".
var methods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "other"}

// Metrics counts the requests of any number of sites: it is a web.AccessLog. As a web.Resource it shows them as OpenMetrics text, which Prometheus and others gather:
//
//	http_requests                  counter    method, status (1xx to 5xx)
//	http_request_duration_seconds  histogram  the same; with trace_id as an exemplar if the span is sampled
//	http_response_size_bytes       histogram  the same
//	http_connections               gauge      site
//	http_connections_accepted      counter    site
//	http_upgrades                  counter    site
//	http_panics                    counter    site
//	http_limits                    counter    site, limit (refused, timed_out, overflowed)
//
// Refused requests, which have no method, count as method "other". There are no other values of labels, whatever clients send. Safe from any goroutine.
type Metrics struct {
	series [len(methods)][5]series

	mu    sync.Mutex // guards the rest
	names []string
	sites []*web.Site
}

// series are the measurements of one method and class of status.
type series struct {
	count     atomic.Int64
	duration  atomic.Int64 // nanoseconds
	bytes     atomic.Int64
	durations [len(seconds) + 1]atomic.Int64 // not cumulative; the last is what is longer
	sizes     [len(sizes) + 1]atomic.Int64
	exemplars [len(seconds) + 1]atomic.Pointer[exemplar]
}

// An exemplar is a request as an example of those in a bucket.
type exemplar struct {
	trace   [16]byte
	seconds float64
	at      time.Time
}

// NewMetrics returns Metrics of no requests.
func NewMetrics() *Metrics { return new(Metrics) }

// AddSite shows the counters of site, labelled with name, which must be UTF-8 and not there yet.
func (m *Metrics) AddSite(name string, site *web.Site) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names, m.sites = append(m.names, name), append(m.sites, site)
}

// LogAccess counts a request.
func (m *Metrics) LogAccess(a *web.Access) {
	method := 0
	for method < len(methods)-1 && methods[method] != a.Method {
		method++
	}
	s := &m.series[method][min(max(a.Status/100, 1), 5)-1]
	s.count.Add(1)
	s.duration.Add(int64(a.Duration))
	s.bytes.Add(a.Bytes)
	i := bucket(seconds[:], a.Duration.Seconds())
	s.durations[i].Add(1)
	s.sizes[bucket(sizes[:], float64(a.Bytes))].Add(1)
	if a.Request != nil {
		if sc, ok := spanContext.Get(a.Request); ok && sc.Sampled {
			s.exemplars[i].Store(&exemplar{sc.TraceID, a.Duration.Seconds(), a.Time})
		}
	}
}

func bucket(bounds []float64, v float64) int {
	i := 0
	for i < len(bounds) && v > bounds[i] {
		i++
	}
	return i
}

// Render shows the metrics.
func (m *Metrics) Render(r *web.Request) { web.Get(m.show).Render(r) }

func (m *Metrics) show(r *web.Request) {
	r.ResponseHeader().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
	r.ResponseHeader().Set("Cache-Control", "no-store")
	r.Write(m.Append(nil))
}

// Append appends the text.
func (m *Metrics) Append(b []byte) []byte {
	b = append(b, "# TYPE http_requests counter\n# HELP http_requests Requests answered.\n"...)
	m.each(func(labels string, s *series) {
		b = fmt.Appendf(b, "http_requests_total{%s} %d\n", labels, s.count.Load())
	})
	b = append(b, "# TYPE http_request_duration_seconds histogram\n# UNIT http_request_duration_seconds seconds\n# HELP http_request_duration_seconds From the end of the header until the response was handed over.\n"...)
	m.each(func(labels string, s *series) {
		b = histogram(b, "http_request_duration_seconds", labels, seconds[:], s.durations[:], s.exemplars[:], float64(s.duration.Load())/1e9)
	})
	b = append(b, "# TYPE http_response_size_bytes histogram\n# UNIT http_response_size_bytes bytes\n# HELP http_response_size_bytes Bodies of responses.\n"...)
	m.each(func(labels string, s *series) {
		b = histogram(b, "http_response_size_bytes", labels, sizes[:], s.sizes[:], nil, float64(s.bytes.Load()))
	})
	m.mu.Lock()
	names, sites := m.names, m.sites
	m.mu.Unlock()
	stats := make([]web.Stats, len(sites))
	for i, s := range sites {
		stats[i] = s.Stats()
	}
	family := func(name, kind, help, suffix, labels string, value func(s web.Stats) int64) {
		if kind != "" {
			b = fmt.Appendf(b, "# TYPE %s %s\n# HELP %s %s\n", name, kind, name, help)
		}
		for i, s := range stats {
			b = fmt.Appendf(b, "%s%s{site=\"%s\"%s} %d\n", name, suffix, label.Replace(names[i]), labels, value(s))
		}
	}
	family("http_connections", "gauge", "Connections at this moment.", "", "", func(s web.Stats) int64 { return s.Open })
	family("http_connections_accepted", "counter", "Connections accepted.", "_total", "", func(s web.Stats) int64 { return s.Connections })
	family("http_upgrades", "counter", "Connections that another protocol took over.", "_total", "", func(s web.Stats) int64 { return s.Upgraded })
	family("http_panics", "counter", "Panics in resources.", "_total", "", func(s web.Stats) int64 { return s.Panics })
	family("http_limits", "counter", "Requests refused, and connections cut off, because of a limit.", "_total", `,limit="refused"`, func(s web.Stats) int64 { return s.Refused })
	family("http_limits", "", "", "_total", `,limit="timed_out"`, func(s web.Stats) int64 { return s.TimedOut })
	family("http_limits", "", "", "_total", `,limit="overflowed"`, func(s web.Stats) int64 { return s.Overflowed })
	return append(b, "# EOF\n"...)
}

// label escapes the value of a label.
var label = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// each calls f with the series that have something to show.
func (m *Metrics) each(f func(labels string, s *series)) {
	for i, method := range methods {
		for class := range m.series[i] {
			if s := &m.series[i][class]; s.count.Load() > 0 {
				f(fmt.Sprintf(`method="%s",status="%dxx"`, method, class+1), s)
			}
		}
	}
}

// histogram appends a histogram; its count is that of the buckets, so that they agree while requests are counted.
func histogram(b []byte, name, labels string, bounds []float64, buckets []atomic.Int64, exemplars []atomic.Pointer[exemplar], sum float64) []byte {
	var total int64
	for i := range buckets {
		total += buckets[i].Load()
		bound := "+Inf"
		if i < len(bounds) {
			if bound = strconv.FormatFloat(bounds[i], 'f', -1, 64); !strings.Contains(bound, ".") {
				bound += ".0"
			}
		}
		b = fmt.Appendf(b, "%s_bucket{%s,le=\"%s\"} %d", name, labels, bound, total)
		if exemplars != nil {
			if e := exemplars[i].Load(); e != nil {
				b = fmt.Appendf(b, " # {trace_id=\"%s\"} %s %d.%03d", hex.EncodeToString(e.trace[:]), strconv.FormatFloat(e.seconds, 'f', -1, 64), e.at.Unix(), e.at.Nanosecond()/1e6)
			}
		}
		b = append(b, '\n')
	}
	return fmt.Appendf(b, "%s_count{%s} %d\n%s_sum{%s} %s\n", name, labels, total, name, labels, strconv.FormatFloat(sum, 'f', -1, 64))
}

var (
	_ web.AccessLog = (*Metrics)(nil)
	_ web.Resource  = (*Metrics)(nil)
)
