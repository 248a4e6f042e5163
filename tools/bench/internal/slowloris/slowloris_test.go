// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package slowloris

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
)

var (
	trickle  = flag.Int("trickle", 0, "so many connections that trickle")
	rounds   = flag.Int("rounds", 5, "runs of wrk with them, and as many without")
	duration = flag.Duration("duration", 3*time.Second, "length of each run")
)

// The variables of the environment that make the test's program the server, and the attacker of the address in it.
const (
	envServe   = "TORSION_BENCH_SLOWLORIS_SERVE"
	envTrickle = "TORSION_BENCH_SLOWLORIS_TRICKLE"
)

// interval is the time between two bytes of a trickling connection.
const interval = 10 * time.Second

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(envServe) != "":
		err = serve()
	case os.Getenv(envTrickle) != "":
		err = attack(os.Getenv(envTrickle))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// untilEOF returns a context that ends with the standard input.
func untilEOF() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	go func() { // ends with the process
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	return ctx
}

// serve answers hello until its standard input ends, and then tells how many it cut off.
func serve() error {
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	site := web.NewSite(web.Func(func(r *web.Request) { io.WriteString(r, "hello") }), web.Config{Logger: slog.New(slog.DiscardHandler)})
	port, err := r.ListenTCP("127.0.0.1:0", site, reactor.ListenOptions{Backlog: 4096})
	if err != nil {
		return err
	}
	fmt.Println(port.Addr())
	if err := r.Run(untilEOF()); err != nil {
		return err
	}
	fmt.Println(site.Stats().TimedOut)
	return nil
}

// attack keeps connections open, each of which sends a byte of a header every interval, and makes a new one for each that is cut off, until its standard input ends.
func attack(where string) error {
	addr, count, _ := strings.Cut(where, " ")
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	ctx := untilEOF()
	open := make(chan bool, n) // each tells once
	for i := range n {
		go func() { // ends with the process
			first := true
			for ctx.Err() == nil {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					break
				}
				if first {
					open <- true
					first = false
				}
				wait(ctx, interval*time.Duration(i)/time.Duration(n)) // not all at once
				for _, err = c.Write([]byte("GET / HTTP/1.1\r\nX: ")); err == nil && ctx.Err() == nil; _, err = c.Write([]byte("x")) {
					wait(ctx, interval)
				}
				c.Close()
			}
		}()
	}
	for range n {
		<-open
	}
	fmt.Println("open")
	<-ctx.Done()
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// role starts this program in a role, and returns its first line and what ends it, which returns the last one.
func role(t *testing.T, env string) (pid int, line string, stop func() string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	stop = func() string {
		in.Close()
		last, _ := io.ReadAll(lines)
		cmd.Wait()
		return strings.TrimSpace(string(last))
	}
	if line, err = lines.ReadString('\n'); err != nil {
		stop()
		t.Fatal(err)
	}
	return cmd.Process.Pid, strings.TrimSpace(line), stop
}

// A result is one run of wrk.
type result struct {
	rate float64 // requests a second
	cpu  float64 // microseconds of the server's processor time for a request
}

var (
	wrkRate  = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkTotal = regexp.MustCompile(`(\d+) requests in`)
)

func TestTrickle(t *testing.T) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		t.Skip("no wrk")
	}
	n, times, length := 20, 1, time.Second
	if *trickle > 0 {
		n, times, length = *trickle, *rounds, *duration
	}
	pid, addr, end := role(t, envServe+"=1")
	results := map[bool][]result{}
	for range times {
		for _, attacked := range []bool{false, true} {
			calm := func() string { return "" }
			if attacked {
				_, _, calm = role(t, fmt.Sprintf("%s=%s %d", envTrickle, addr, n))
			}
			before := cpu(t, pid)
			out, err := exec.Command(wrk, "-t1", "-c64", "-d"+length.String(), "http://"+addr+"/").CombinedOutput()
			used := cpu(t, pid) - before
			calm()
			rate, total := wrkRate.FindSubmatch(out), wrkTotal.FindSubmatch(out)
			if err != nil || rate == nil || total == nil {
				end()
				t.Fatalf("%v: %s", err, out)
			}
			results[attacked] = append(results[attacked], result{number(t, rate[1]), float64(used.Microseconds()) / number(t, total[1])})
		}
	}
	if last := end(); last == "" {
		t.Error("the server did not end well")
	}
	fmt.Printf("%-28s %12s %20s\n", "", "requests/s", "server CPU/request")
	var medians [2]result
	for i, attacked := range []bool{false, true} {
		all := results[attacked]
		slices.SortFunc(all, func(a, b result) int { return int(a.rate - b.rate) })
		medians[i].rate = all[len(all)/2].rate
		slices.SortFunc(all, func(a, b result) int { return int((a.cpu - b.cpu) * 1e6) })
		medians[i].cpu = all[len(all)/2].cpu
		name := "wrk alone"
		if attacked {
			name = fmt.Sprintf("with %d that trickle", n)
		}
		fmt.Printf("%-28s %12.0f %17.2f µs\n", name, medians[i].rate, medians[i].cpu)
	}
	fmt.Printf("%-28s %11.1f%% %18.1f%%\n", "change", (medians[1].rate/medians[0].rate-1)*100, (medians[1].cpu/medians[0].cpu-1)*100)
}

func number(t *testing.T, b []byte) float64 {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v <= 0 {
		t.Fatalf("%q: %v", b, err)
	}
	return v
}

// cpu reads the processor time of a process.
func cpu(t *testing.T, pid int) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^uint32(pid)<<3|2), &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}
