// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package report

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sample(rate, cpu, busy float64) Sample {
	return Sample{Rate: rate, CPU: cpu, P50: cpu * 50, P99: cpu * 90, P999: cpu * 300, PeakRSS: 12 << 20, Verified: int64(rate), Bytes: int64(rate) * 64, ServerBusy: busy, ClientBusy: 0.8}
}

func engine(name string, rate, cpu, busy float64) Engine {
	return Engine{Name: name, Samples: []Sample{sample(rate*0.9, cpu*1.1, busy), sample(rate, cpu, busy), sample(rate*1.2, cpu*0.8, busy)}}
}

// asker is an HTTP client, which nobody takes the latency of.
func asker(name string, rate, cpu, busy float64) Engine {
	e := engine(name, rate, cpu, 0.4)
	for k := range e.Samples {
		e.Samples[k].P50, e.Samples[k].P99, e.Samples[k].P999, e.Samples[k].ClientBusy = 0, 0, 0, busy
	}
	return e
}

// fixed is a report that has everything in it.
func fixed() *Report {
	lossy := engine("gnet", 100e3, 9000, 0.98)
	lossy.Samples[1].Lost = 3
	broken := engine("net", 50e3, 20000, 1)
	broken.Samples, broken.Failed = broken.Samples[:1], "the server closed\nthe connection <early>"
	return &Report{
		Format: Format, Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Title: "bench table",
		Machine:  Machine{CPU: "Some CPU", CPUs: 2, Kernel: "Linux 6.18", Go: "go1.26"},
		Settings: Settings{Rounds: 3, Time: time.Second, Warmup: time.Second / 4, Loops: 1, Pinned: true},
		Workloads: []Workload{
			{Name: "echo-64b/64", Title: "TCP echo 64 B, 64 connections", Unit: "message", Engines: []Engine{
				engine("torsion", 140e3, 7100, 0.99), engine("torsion-uring", 150e3, 6500, 0.97), engine("gnet", 100e3, 9900, 0.98), engine("net", 98e3, 10100, 1),
				engine("c-uring", 155e3, 6300, 0.6)}},
			{Name: "udp/64", Title: "UDP echo 64 B", Unit: "datagram", Engines: []Engine{engine("torsion", 400e3, 2400, 0.98), lossy, broken}},
			{Name: "pingpong-spin/1", Title: "TCP ping-pong", Unit: "message", Engines: []Engine{engine("torsion", 70e3, 14000, 0.99), engine("gnet", 18e3, 12000, 0.4)}},
			{Name: "tls/1000", Title: "TLS 1.3 echo", Unit: "message", Engines: []Engine{{Name: "torsion", Failed: "no file left"}}},
			{Name: "client/64", Title: "HTTP client, hello", Unit: "request", Client: true, Engines: []Engine{asker("torsion", 60e3, 9000, 0.99), asker("net/http", 30e3, 20000, 0.98), asker("fasthttp", 50e3, 10000, 0.5)}},
			{Name: "ws-64b/64", Title: "WebSocket echo", Unit: "message", Engines: []Engine{engine("torsion", 120e3, 8000, 0.99), engine("coder-ws", 60e3, 16000, 0.99)}},
			{Name: "none/1", Title: "nobody can", Unit: "message"},
		},
		Micro: []Micro{{Name: "deferred", Title: "a Deferred with two callbacks, fired", NsOp: []float64{141, 150, 139}, Allocs: 1, Bytes: 112}},
		Idle: []Idle{
			{Engine: "torsion", Kind: "plain", Steps: []IdleStep{{0, 9 << 20, 1 << 20, 4}, {5000, 9<<20 + 5000*400, 1<<20 + 5000*300, 4}, {10000, 9<<20 + 10000*420, 1<<20 + 10000*300, 4}},
				Active: &Active{Conns: 100, Idle: 9900, Rate: 98765, P50: 1e6, P99: 2e6, P999: 3e6, Verified: 98765}},
			{Engine: "net", Kind: "plain", Steps: []IdleStep{{0, 8 << 20, 1 << 20, 3}, {5000, 8<<20 + 5000*7700, 0, 5003}}},
			{Engine: "torsion", Kind: "ws", Steps: []IdleStep{{0, 9 << 20, 1 << 20, 4}, {5000, 9<<20 + 5000*2000, 1<<20 + 5000*1900, 4}},
				Broadcast: &Broadcast{Conns: 5000, Size: 100, Took: []float64{40e6, 50e6, 45e6}, CPU: []float64{30e6, 31e6, 35e6}, RSS: 30 << 20}},
			{Engine: "coder-ws", Kind: "ws", Steps: []IdleStep{{0, 9 << 20, 1 << 20, 4}, {4000, 9<<20 + 4000*24000, 1<<20 + 4000*13000, 4004}},
				Broadcast: &Broadcast{Conns: 4000, Size: 100, Took: []float64{80e6, 90e6}, CPU: []float64{60e6, 70e6}, RSS: 120 << 20}},
			{Engine: "torsion", Kind: "tls13", Failed: "connection 77: refused"},
		},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as it was (go test -update writes it anew); now it is:\n%s", file, got)
	}
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(*Report, io.Writer) error{
		"report.txt": (*Report).Text,
		"report.md":  (*Report).Markdown,
		"bars.txt":   func(r *Report, out io.Writer) error { return r.Bars(out, false) },
		"bars.md":    func(r *Report, out io.Writer) error { return r.Bars(out, true) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(fixed(), &out); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
		})
	}
}

func TestHTML(t *testing.T) {
	var out bytes.Buffer
	if err := fixed().HTML(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	// Every element is closed, in order: html is read as XML, with its own rule for style sheets kept out of the way by writing none that matter.
	dec := xml.NewDecoder(strings.NewReader(strings.Replace(page, "<!DOCTYPE html>", "", 1)))
	dec.Entity = xml.HTMLEntity
	for {
		if _, err := dec.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if found := regexp.MustCompile(`(?i)https?://|src=|@import|url\(|<script|<link`).FindString(page); found != "" {
		t.Errorf("the page needs something from outside: %q", found)
	}
	for _, want := range []string{"prefers-color-scheme: dark", "width=device-width", "TCP echo 64 B, 64 connections", "140 k", "failed: net: the server closed the connection &lt;early&gt;",
		"aim met", "polyline", "7.10 µs", `id="echo-64b-64"`, `href="#echo-64b-64"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// Every figure of the text is in a table of the page.
	for _, tab := range fixed().tables() {
		for _, row := range tab.rows {
			for _, cell := range row[1:] {
				if cell != "" && !strings.Contains(page, "<td>"+cell+"</td>") {
					t.Errorf("%s: the page lacks the figure %q", tab.title, cell)
				}
			}
		}
	}
	if strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
		t.Error("the page has a figure that is none")
	}
}

func TestSaveLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	if err := fixed().Save(file); err != nil {
		t.Fatal(err)
	}
	back, err := Load(file)
	if err != nil || !reflect.DeepEqual(back, fixed()) {
		t.Errorf("what was saved is not what is loaded (%v)", err)
	}
	for text, want := range map[string]string{"{": "no results", "{}": "no results of format 1", `{"Format":2}`: "no results of format 1"} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was loaded")
	}
}

func TestStats(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want Range
	}{{nil, Range{}}, {[]float64{3}, Range{3, 3, 3}}, {[]float64{5, 1}, Range{3, 1, 5}}, {[]float64{9, 1, 2}, Range{2, 1, 9}}} {
		if got := rangeOf(tt.in); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.in, got, tt.want)
		}
	}
	for q, want := range map[float64]bool{1: true, 1.09: true, 1.11: false, 0.92: true, 0.90: false} {
		if Tie(q) != want {
			t.Errorf("Tie(%v) is %v", q, !want)
		}
	}
	i := Idle{Steps: []IdleStep{{Conns: 0, RSS: 1000}, {Conns: 10, RSS: 2000}, {Conns: 20, RSS: 3000}}}
	if s := i.Slope(); math.Abs(s-100) > 1e-9 || math.Abs(i.Million()-100_001_000) > 1e-3 {
		t.Errorf("the slope is %v, a million %v", s, i.Million())
	}
	if s := (Idle{Steps: i.Steps[:1]}); s.Slope() != 0 || s.Million() != 0 {
		t.Errorf("one step has the slope %v", s.Slope())
	}
}

func TestFormat(t *testing.T) {
	for want, got := range map[string]string{
		"1234": count(1234), "12.3 k": count(12345), "999 k": count(999_400), "1.00 M": count(999_600), "12.0": count(12), "0.50": count(0.5),
		"999 ns": nanos(999), "1.00 µs": nanos(999.6), "1.50 ms": nanos(1.5e6), "2.00 s": nanos(2e9),
		"450 B": size(450), "8.00 KiB": size(8192), "12.0 MiB": size(12 << 20), "1.50 GiB": size(1.5 * (1 << 30)), "-450 B": size(-450),
		"1.05 tie": ratio(1.05), "1.50": ratio(1.5), "–": ratio(0),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFailures(t *testing.T) {
	if got := fixed().Failures(); len(got) != 3 {
		t.Errorf("got %q", got)
	}
}
