// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package serialport_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/serialport"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func running(t *testing.T, poller string) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Poller: poller, Logger: slog.New(slog.DiscardHandler), ShutdownGrace: -1})
	check(t, err)
	ended, started := make(chan error, 1), make(chan struct{})
	r.CallFromThread(func() { close(started) })
	go func() { ended <- r.Run(context.Background()) }() // ends by Stop
	<-started
	t.Cleanup(func() {
		r.Stop()
		check(t, <-ended)
	})
	return r
}

// line joins two terminals, as a null-modem cable does.
func line(t *testing.T) (a, b string) {
	t.Helper()
	socat, err := exec.LookPath("socat")
	if err != nil {
		t.Skip("socat is missing (Debian: apt-get install socat)")
	}
	dir := t.TempDir()
	a, b = filepath.Join(dir, "a"), filepath.Join(dir, "b")
	cmd := exec.Command(socat, "-d", "-d", "pty,raw,echo=0,link="+a, "pty,raw,echo=0,link="+b)
	stderr, err := cmd.StderrPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	said := ""
	for buf := make([]byte, 4096); !strings.Contains(said, "starting data transfer loop"); {
		n, err := stderr.Read(buf)
		if said += string(buf[:n]); err != nil {
			t.Fatalf("socat: %s", said)
		}
	}
	return a, b
}

func wait(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing happened")
	}
}

func TestPort(t *testing.T) {
	for _, name := range reactor.Pollers() {
		t.Run(name, func(t *testing.T) {
			r := running(t, name)
			a, b := line(t)
			var one, two protocoltest.Accumulating
			var port *serialport.Port
			opened := make(chan struct{})
			r.CallFromThread(func() {
				defer close(opened)
				var err error
				port, err = serialport.Open(r, a, serialport.Config{Baud: 115200, Parity: serialport.EvenParity, StopBits: 2, XONXOFF: true}, &one)
				check(t, err)
				_, err = serialport.Open(r, b, serialport.Config{}, &two)
				check(t, err)
				if tr, ok := protocol.As[*serialport.Port](one.Transport()); !ok || tr != port || port.Device() != a || port.LocalAddr().String() != a {
					t.Errorf("transport %v", one.Transport())
				}
				if baud, err := port.BaudRate(); err != nil || baud != 115200 {
					t.Errorf("%d baud, %v", baud, err)
				}
				check(t, port.SetBaudRate(57600))
				check(t, port.FlushOutput())
				if err := port.SetBaudRate(-1); err == nil {
					t.Error("-1 baud")
				}
				if baud, err := port.BaudRate(); err != nil || baud != 57600 {
					t.Errorf("%d baud, %v", baud, err)
				}
				port.Write([]byte("ping\x03\x04\r\n"))
			})
			wait(t, opened)
			wait(t, two.When(8))
			r.CallFromThread(func() { two.Transport().Write([]byte("pong\n")) })
			wait(t, one.When(5))
			if string(two.Data()) != "ping\x03\x04\r\n" || string(one.Data()) != "pong\n" {
				t.Errorf("%q, %q", one.Data(), two.Data())
			}
			r.CallFromThread(func() { port.LoseConnection() })
			wait(t, one.WhenLost())
			if !errors.Is(one.Reason(), net.ErrClosed) {
				t.Error(one.Reason())
			}
			closed := make(chan struct{})
			r.CallFromThread(func() {
				defer close(closed)
				if _, err := port.InWaiting(); !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
				two.Transport().AbortConnection()
			})
			wait(t, closed)
			wait(t, two.WhenLost())
		})
	}
}

// What comes while the port is paused waits in the system, and can be counted and dropped.
func TestInputWaits(t *testing.T) {
	r := running(t, "")
	a, b := line(t)
	other, err := os.OpenFile(b, os.O_RDWR, 0)
	check(t, err)
	defer other.Close()
	acc := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Pause() }}
	waits := deferred.Result[int]{}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	port, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[*serialport.Port] {
		return deferred.Execute(r, func() (*serialport.Port, error) { return serialport.Open(r, a, serialport.Config{}, acc) })
	})
	check(t, err)
	_, err = other.WriteString("hello")
	check(t, err)
	for waits.Value < 5 {
		waits.Value, err = deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[int] { return deferred.Execute(r, port.InWaiting) })
		check(t, err)
	}
	done := make(chan struct{})
	r.CallFromThread(func() {
		defer close(done)
		check(t, port.FlushInput())
		if n, err := port.InWaiting(); n != 0 || err != nil || acc.Len() != 0 {
			t.Errorf("%d bytes wait, %v, %d were read", n, err, acc.Len())
		}
		port.Resume()
		if _, err := port.ModemLines(); err == nil {
			t.Error("a terminal without a line has modem lines")
		}
		if port.SetDTR(true) == nil || port.SetRTS(false) == nil {
			t.Error("a terminal without a line has modem lines")
		}
	})
	wait(t, done)
	if _, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[struct{}] { return port.SendBreak() }); err != nil {
		t.Error(err)
	}
	_, err = other.WriteString("again")
	check(t, err)
	wait(t, acc.When(5))
	if string(acc.Data()) != "again" {
		t.Errorf("%q", acc.Data())
	}
}

func TestOpenErrors(t *testing.T) {
	r := running(t, "")
	plain := filepath.Join(t.TempDir(), "plain")
	check(t, os.WriteFile(plain, nil, 0o600))
	done := make(chan struct{})
	r.CallFromThread(func() {
		defer close(done)
		var acc protocoltest.Accumulating
		if _, err := serialport.Open(r, plain+"x", serialport.Config{}, &acc); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if _, err := serialport.Open(r, plain, serialport.Config{}, &acc); err == nil || !strings.Contains(err.Error(), plain) {
			t.Error(err)
		}
		for _, cfg := range []serialport.Config{{Baud: -1}, {DataBits: 9}, {DataBits: 4}, {StopBits: 3}, {Parity: 7}} {
			if _, err := serialport.Open(r, plain, cfg, &acc); err == nil {
				t.Errorf("%+v is taken", cfg)
			}
		}
		if acc.Events() != nil {
			t.Error(acc.Events())
		}
	})
	wait(t, done)
}
