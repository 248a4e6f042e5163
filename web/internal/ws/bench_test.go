// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// An echo server's part of the codec: a masked message in, the same one out.
func BenchmarkEcho(b *testing.B) {
	for _, n := range []int{16, 64, 512, 4096, 65536} {
		for _, op := range []ws.Opcode{ws.Binary, ws.Text} {
			b.Run(fmt.Sprint(op, "/", n), func(b *testing.B) {
				client := ws.NewWriter(ws.Client, nil, nil)
				wire := client.AppendMessage(nil, op, corpus(n, 1))
				r, w := ws.NewReader(ws.Server, nil, nil), ws.NewWriter(ws.Server, nil, nil)
				in, out := make([]byte, len(wire)), []byte(nil)
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					copy(in, wire)
					ev, k, err := r.Next(in)
					if err != nil || ev.Kind != ws.MessageEvent {
						b.Fatal(ev, err)
					}
					out = w.AppendMessage(out[:0], ev.Opcode, ev.Data)
					r.Next(in[k:])
				}
			})
		}
	}
}

// Many small messages in one read.
func BenchmarkBatch(b *testing.B) {
	client := ws.NewWriter(ws.Client, nil, nil)
	var wire []byte
	for range 64 {
		wire = client.AppendMessage(wire, ws.Text, corpus(32, 1))
	}
	r, w := ws.NewReader(ws.Server, nil, nil), ws.NewWriter(ws.Server, nil, nil)
	in, out := make([]byte, len(wire)), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		copy(in, wire)
		out = out[:0]
		for p := in; ; {
			ev, k, err := r.Next(p)
			if err != nil {
				b.Fatal(err)
			}
			if ev.Kind == ws.NoEvent {
				break
			}
			out = w.AppendMessage(out, ev.Opcode, ev.Data)
			p = p[k:]
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/message")
}

func BenchmarkSend(b *testing.B) {
	for _, role := range []ws.Role{ws.Server, ws.Client} {
		w := ws.NewWriter(role, nil, nil)
		msg, out := corpus(64, 1), []byte(nil)
		b.Run(role.String(), func(b *testing.B) {
			for b.Loop() {
				out = w.AppendMessage(out[:0], ws.Text, msg)
			}
		})
	}
}

func BenchmarkDeflate(b *testing.B) {
	for _, n := range []int{64, 512, 4096, 65536} {
		for _, level := range []int{0, 1} {
			for _, takeover := range []bool{false, true} {
				b.Run(fmt.Sprintf("level %d/takeover %v/%d", level, takeover, n), func(b *testing.B) {
					p := &ws.Params{Server: ws.Direction{Takeover: takeover, Bits: 15}}
					w := ws.NewWriter(ws.Server, &ws.Compression{Level: level, Threshold: 1}, p)
					msg, out := corpus(n, 1), []byte(nil)
					b.SetBytes(int64(n))
					b.ReportAllocs()
					for b.Loop() {
						out = w.AppendMessage(out[:0], ws.Text, msg)
					}
					b.ReportMetric(float64(len(out)), "wire-B")
				})
			}
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	for _, n := range []int{64, 512, 4096, 65536} {
		for _, takeover := range []bool{false, true} {
			b.Run(fmt.Sprintf("takeover %v/%d", takeover, n), func(b *testing.B) {
				p := &ws.Params{Server: ws.Direction{Takeover: takeover, Bits: 15}}
				w := ws.NewWriter(ws.Server, &ws.Compression{Threshold: 1}, &ws.Params{Server: ws.Direction{Bits: 15}})
				wire := w.AppendMessage(nil, ws.Text, corpus(n, 1))
				r := ws.NewReader(ws.Client, nil, p)
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					if ev, _, err := r.Next(wire); err != nil || ev.Kind != ws.MessageEvent {
						b.Fatal(ev, err)
					}
					r.Next(nil)
				}
			})
		}
	}
}
