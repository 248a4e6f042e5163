// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A tap counts what a consumer asks of its producer.
type tap struct {
	pauses, resumes int
	stopped         error
	onResume        func()
}

func (p *tap) Pause() { p.pauses++ }
func (p *tap) Resume() {
	p.resumes++
	if p.onResume != nil {
		p.onResume()
	}
}
func (p *tap) Stop(reason error) { p.stopped = reason }

// on returns a transport on the clock.
func on(clock *protocoltest.Clock) *protocoltest.StringTransport {
	t := protocoltest.NewStringTransport()
	t.Clock = clock
	return t
}

func TestConsumerToDelivers(t *testing.T) {
	clock := protocoltest.NewClock()
	transport := on(clock)
	var got []string
	p := &protocoltest.Accumulating{OnData: func(from protocol.Transport, b []byte) {
		if from != transport {
			t.Errorf("delivered with transport %v", from)
		}
		got = append(got, string(b))
		clear(b) // is allowed
	}}
	c := protocol.ConsumerTo(p, transport)
	b := []byte("one")
	for _, piece := range [][]byte{b, nil, []byte("two")} {
		if n, err := c.Write(piece); n != len(piece) || err != nil {
			t.Errorf("Write of %q: %d, %v", piece, n, err)
		}
	}
	if want := []string{"one", "two"}; !slices.Equal(got, want) || string(b) != "one" {
		t.Errorf("delivered %q, want %q; the writer's bytes are %q", got, want, b)
	}
}

func TestConsumerToPush(t *testing.T) {
	clock := protocoltest.NewClock()
	c := protocol.ConsumerTo(protocol.Base{}, on(clock))
	var first, second tap
	if err := c.RegisterProducer(&first, protocol.PushProducer); err != nil {
		t.Error(err)
	}
	if err := c.RegisterProducer(&second, protocol.PushProducer); err != protocol.ErrProducerRegistered {
		t.Errorf("a second producer: %v", err)
	}
	c.Write(make([]byte, 1<<20))
	clock.Settle()
	c.UnregisterProducer()
	c.UnregisterProducer()
	if err := c.RegisterProducer(&second, protocol.PushProducer); err != nil {
		t.Error(err)
	}
	for _, p := range []*tap{&first, &second} {
		if p.pauses+p.resumes != 0 || p.stopped != nil {
			t.Errorf("paused %d times, resumed %d times, stopped with %v", p.pauses, p.resumes, p.stopped)
		}
	}
}

func TestConsumerToPull(t *testing.T) {
	clock := protocoltest.NewClock()
	var p protocoltest.Accumulating
	c := protocol.ConsumerTo(&p, on(clock))
	released, ended := false, errors.New("not called")
	if err := protocol.Pull(c, pieces(&released, nil, "a", "b", "c"), func(err error) { ended = err }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a", "ab", "abc"} {
		if got := string(p.Data()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		clock.Turn()
	}
	if !released || ended != nil {
		t.Errorf("released: %v, ended with %v", released, ended)
	}

	// Two writes for one Resume are answered by one Resume, and what was asked for one producer does not reach the next.
	first := &tap{}
	first.onResume = func() {
		if first.resumes < 3 {
			c.Write([]byte("x"))
			c.Write([]byte("y"))
		}
	}
	if err := c.RegisterProducer(first, protocol.PullProducer); err != nil {
		t.Fatal(err)
	}
	clock.Settle()
	if first.resumes != 3 {
		t.Errorf("asked %d times, want 3", first.resumes)
	}
	c.Write([]byte("z"))
	c.UnregisterProducer()
	second := &tap{}
	if err := c.RegisterProducer(second, protocol.PullProducer); err != nil {
		t.Fatal(err)
	}
	clock.Settle()
	if first.resumes != 3 || second.resumes != 1 {
		t.Errorf("asked the first %d times, the second %d times; want 3 and 1", first.resumes, second.resumes)
	}
}

// relay connects a source whose protocol at this end is ProtocolTo a transport, whose peer is the sink.
func relay(source, sink protocol.Protocol) (in, out *protocoltest.Pair) {
	clock := protocoltest.NewClock()
	cfg := protocoltest.PairConfig{ServerClock: clock, Window: 1000}
	out = protocoltest.NewPair(protocol.Base{}, sink, cfg)
	in = protocoltest.NewPair(protocol.ProtocolTo(out.Server), source, cfg)
	return in, out
}

func TestProtocolToRelays(t *testing.T) {
	var source, sink protocoltest.Accumulating
	in, out := relay(&source, &sink)
	out.Client.Pause()
	sent := 0
	for range 200 { // far more than both connections hold
		n, _ := in.Client.Write(make([]byte, 1000))
		sent += n
		in.Flush()
	}
	held := func(t protocol.Transport) int {
		b, _ := protocol.As[protocol.BufferedTransport](t)
		return b.Buffered()
	}
	if out := held(out.Server); out > protocol.HighWater+2000 || held(in.Client) == 0 {
		t.Errorf("%d bytes wait at the relay, %d at the source, which was to be held up", out, held(in.Client))
	}
	out.Client.Resume()
	in.Flush()
	if !bytes.Equal(sink.Data(), make([]byte, sent)) {
		t.Errorf("%d bytes of %d arrived", sink.Len(), sent)
	}
	in.Client.LoseConnection()
	in.Flush()
	if !errors.Is(source.Reason(), net.ErrClosed) || sink.Reason() != nil {
		t.Errorf("the source was lost by %v, the sink, which goes on, by %v", source.Reason(), sink.Reason())
	}
	if err := out.Server.RegisterProducer(&tap{}, protocol.PushProducer); err != nil {
		t.Errorf("the source was not unregistered: %v", err)
	}
}

func TestProtocolToEndsWithTheConsumer(t *testing.T) {
	var source, sink protocoltest.Accumulating
	in, out := relay(&source, &sink)
	out.Client.LoseConnection()
	in.Flush()
	if !errors.Is(sink.Reason(), net.ErrClosed) || !errors.Is(source.Reason(), io.EOF) {
		t.Errorf("the sink was lost by %v, the source by %v", sink.Reason(), source.Reason())
	}
}

// A consumer that takes nothing, or has another producer, costs the connection.
func TestProtocolToRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(c *protocoltest.StringTransport, other protocol.Producer)
		kept    bool
	}{
		{"has a producer", func(c *protocoltest.StringTransport, other protocol.Producer) {
			c.RegisterProducer(other, protocol.PushProducer)
		}, true},
		{"is closed", func(c *protocoltest.StringTransport, _ protocol.Producer) { c.LoseConnection() }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := protocoltest.NewClock()
			consumer := on(clock)
			other := &tap{}
			tt.prepare(consumer, other)
			var source protocoltest.Accumulating
			pair := protocoltest.NewPair(protocol.ProtocolTo(consumer), &source, protocoltest.PairConfig{ServerClock: clock})
			pair.Client.Write([]byte("unwanted"))
			pair.Flush()
			if !errors.Is(source.Reason(), io.EOF) || len(consumer.Value()) > 0 {
				t.Errorf("the source was lost by %v, %q arrived", source.Reason(), consumer.Value())
			}
			if err := consumer.RegisterProducer(&tap{}, protocol.PushProducer); tt.kept && err != protocol.ErrProducerRegistered {
				t.Errorf("the other producer was unregistered: %v", err)
			}
		})
	}
}

// A failing consumer is one whose Write fails, without having told its producer.
type failing struct{ protocol.Consumer }

func (failing) Write([]byte) (int, error) { return 0, net.ErrClosed }

func TestProtocolToWriteFails(t *testing.T) {
	clock := protocoltest.NewClock()
	var source protocoltest.Accumulating
	pair := protocoltest.NewPair(protocol.ProtocolTo(failing{on(clock)}), &source, protocoltest.PairConfig{ServerClock: clock})
	pair.Client.Write([]byte("x"))
	pair.Flush()
	if !errors.Is(source.Reason(), io.EOF) {
		t.Errorf("lost by %v", source.Reason())
	}
}
