// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing_test

import (
	"bytes"
	"crypto/md5"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// outcome returns what d fired with; fired is false when it has not.
func outcome(d *deferred.Deferred[framing.Transfer]) (sent framing.Transfer, err error, fired bool) {
	d.Done(func(s framing.Transfer, e error) { sent, err, fired = s, e, true })
	return sent, err, fired
}

func TestSendFileOverAConnection(t *testing.T) {
	content := make([]byte, 300001)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var d *deferred.Deferred[framing.Transfer]
	server := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) {
		d = framing.SendFile(tr, f, nil)
		tr.LoseConnection() // waits for the transfer
	}}
	var client protocoltest.Accumulating
	pair := protocoltest.NewPair(server, &client, protocoltest.PairConfig{})
	pair.Flush()
	sent, err, fired := outcome(d)
	if want := (framing.Transfer{Bytes: int64(len(content)), Last: content[len(content)-1]}); err != nil || !fired || sent != want {
		t.Errorf("got %+v, %v, fired %v; want %+v", sent, err, fired, want)
	}
	if md5.Sum(client.Data()) != md5.Sum(content) {
		t.Errorf("received %d bytes with another checksum", client.Len())
	}
	if !errors.Is(client.Reason(), io.EOF) {
		t.Errorf("lost by %v", client.Reason())
	}
}

func TestSendFilePieces(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	content := strings.Repeat("abcd", 10000)
	d := framing.SendFile(tr, strings.NewReader(content), bytes.ToUpper)
	if got := len(tr.Value()); got != framing.FileChunk {
		t.Errorf("wrote %d bytes at once, want %d", got, framing.FileChunk)
	}
	for range 3 {
		tr.Clock.Advance(0)
	}
	var sizes []int
	for _, p := range tr.Writes() {
		sizes = append(sizes, len(p))
	}
	if len(sizes) != 3 || sizes[0] != 16384 || sizes[1] != 16384 || sizes[2] != 40000-2*16384 {
		t.Errorf("wrote pieces of %v bytes", sizes)
	}
	if tr.Value() != strings.ToUpper(content) {
		t.Error("not transformed")
	}
	if sent, err, _ := outcome(d); sent != (framing.Transfer{Bytes: 40000, Last: 'D'}) || err != nil || tr.HasProducer() {
		t.Errorf("got %+v, %v, producer left: %v", sent, err, tr.HasProducer())
	}
}

func TestSendFileEdges(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name string
		r    io.Reader
		sent framing.Transfer
		err  error
	}{
		{"empty", strings.NewReader(""), framing.Transfer{}, nil},
		{"end with the data", iotest.DataErrReader(strings.NewReader("abc")), framing.Transfer{Bytes: 3, Last: 'c'}, nil},
		{"byte by byte", iotest.OneByteReader(strings.NewReader("abc")), framing.Transfer{Bytes: 3, Last: 'c'}, nil},
		{"error", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), framing.Transfer{}, broken},
		{"no progress", readerFunc(func([]byte) (int, error) { return 0, nil }), framing.Transfer{}, io.ErrNoProgress},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := protocoltest.NewStringTransport()
			d := framing.SendFile(tr, tt.r, nil)
			for range 5 {
				tr.Clock.Advance(0)
			}
			if sent, err, fired := outcome(d); !fired || sent != tt.sent || !errors.Is(err, tt.err) {
				t.Errorf("got %+v, %v, fired %v; want %+v, %v", sent, err, fired, tt.sent, tt.err)
			}
			if tr.HasProducer() {
				t.Error("the producer is still registered")
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func endless() io.Reader {
	return readerFunc(func(p []byte) (int, error) { return len(p), nil })
}

func TestSendFileEndsWithTheConsumer(t *testing.T) {
	lost := protocol.Lost(errors.New("cable cut"))
	for _, tt := range []struct {
		name string
		end  func(tr *protocoltest.StringTransport, d *deferred.Deferred[framing.Transfer])
		want error
	}{
		{"lost", func(tr *protocoltest.StringTransport, _ *deferred.Deferred[framing.Transfer]) { tr.Lose(lost) }, lost},
		{"aborted", func(tr *protocoltest.StringTransport, _ *deferred.Deferred[framing.Transfer]) { tr.AbortConnection() }, protocol.ErrConnectionAborted},
		{"cancelled", func(_ *protocoltest.StringTransport, d *deferred.Deferred[framing.Transfer]) { d.Cancel() }, deferred.ErrCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := protocoltest.NewStringTransport()
			tr.Connect(protocol.Base{})
			d := framing.SendFile(tr, endless(), nil)
			tr.Clock.Advance(0)
			tt.end(tr, d)
			tr.Clock.Advance(0)
			n := len(tr.Value())
			tr.Clock.Advance(0)
			if _, err, fired := outcome(d); !fired || !errors.Is(err, tt.want) {
				t.Errorf("got %v, fired %v; want %v", err, fired, tt.want)
			}
			if tr.HasProducer() || len(tr.Value()) != n {
				t.Error("the transfer goes on")
			}
		})
	}
}

func TestSendFileIsRefused(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	first := framing.SendFile(tr, endless(), nil)
	if _, err, _ := outcome(framing.SendFile(tr, endless(), nil)); err != protocol.ErrProducerRegistered {
		t.Errorf("a second: %v, want ErrProducerRegistered", err)
	}
	if !tr.HasProducer() {
		t.Error("the first was unregistered")
	}
	tr.Lose(protocol.Aborted())
	outcome(first)
	if _, err, _ := outcome(framing.SendFile(tr, endless(), nil)); !errors.Is(err, protocol.ErrConnectionDone) {
		t.Errorf("when closed: %v, want the reason that Stop got", err)
	}
}
