// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// webOptions are the flags of "twist web".
type webOptions struct {
	listen    []string
	path      string
	logFormat string
	engine    *engineOptions
	noListing bool
	dotfiles  bool
	grace     time.Duration
}

func newWeb(engine *engineOptions) *cobra.Command {
	o := webOptions{engine: engine}
	cmd := &cobra.Command{
		Use:   "web",
		Short: "Serve a folder over HTTP",
		Long: `Web serves the files of a folder over HTTP/1.1: with types, ranges, conditional requests, and listings of folders that have no index.html.

SIGINT and SIGTERM stop it: it stops listening, finishes the requests under way, for as long as --grace allows, and ends. A second signal ends it at
once.

The logs are written where requests are answered: who reads them by a pipe has to keep reading, or the server waits for him.`,
		Example: `  twist web --listen tcp:8080 --path .
  twist web --listen tls:8443:cert=cert.pem:key=key.pem --listen unix:/run/web.sock --path /srv/www
  twist web --listen tcp:80:loops=auto --path /srv/www --log-format combined >access.log`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("unexpected argument %q: the folder is given by --path", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.listen, "listen", "l", []string{"tcp:8080"}, `endpoint to listen on, may be repeated (see "twist help endpoints")`)
	f.StringVarP(&o.path, "path", "p", ".", "folder to serve")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json, to standard error; or combined, which writes requests to standard output as Apache does")
	f.BoolVar(&o.noListing, "no-listing", false, "do not list folders that have no index.html")
	f.BoolVar(&o.dotfiles, "dotfiles", false, "serve and list names that begin with a dot, too")
	f.DurationVar(&o.grace, "grace", 10*time.Second, "how long requests under way may take after a signal to stop")
	return cmd
}

func (o *webOptions) run(cmd *cobra.Command) error {
	logs, access, err := openLogs(o.logFormat, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if err != nil {
		return &usageError{fmt.Errorf("--log-format: %w", err)}
	}
	cfg, err := o.engine.config()
	if err != nil {
		return err
	}
	if o.grace < 0 {
		return &usageError{fmt.Errorf("--grace: %v is negative", o.grace)}
	}
	files, err := static.Dir(o.path, static.Config{Listing: !o.noListing, Dotfiles: o.dotfiles})
	if err != nil {
		return fmt.Errorf("--path: %w", err)
	}
	defer files.Close()
	cfg.Logger, cfg.ShutdownGrace = logs, max(o.grace, time.Nanosecond)
	r, err := reactor.New(cfg)
	if err != nil {
		return err
	}
	site := web.NewSite(files, web.Config{Logger: logs, AccessLog: access})
	var ports []endpoint.Port
	for _, description := range o.listen {
		port, err := endpoint.ListenString(r, description, site)
		if err != nil {
			r.Close()
			return fmt.Errorf("--listen: %w", err)
		}
		ports = append(ports, port)
	}
	absolute, err := filepath.Abs(o.path)
	if err != nil {
		absolute = o.path
	}
	for _, port := range ports {
		logs.Info("listening", "address", port.Addr().String(), "path", absolute, "reactor", r.PollerName(), "loops", len(r.Loops()))
	}
	if _, err := r.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		for _, port := range ports {
			port.StopListening()
		}
		return deferred.ToThread(r, func() (struct{}, error) {
			ctx, cancel := context.WithTimeout(context.Background(), o.grace)
			defer cancel()
			return struct{}{}, site.Shutdown(ctx)
		}).AddErrback(func(err error) (struct{}, error) {
			logs.Warn("requests were cut off", "error", err)
			return struct{}{}, nil
		})
	}); err != nil {
		return err
	}
	return runUntilSignal(cmd.Context(), r, logs)
}

// runUntilSignal runs the reactor until ctx ends or a signal stops it. A second signal ends it without grace.
func runUntilSignal(ctx context.Context, r *reactor.Reactor, logs *slog.Logger) error {
	signals := make(chan os.Signal, 2) // one to stop, one to hurry
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	hurried := false
	watching := make(chan struct{})
	go func() { // ends with the reactor, below
		defer close(watching)
		for n := 0; ; n++ {
			select {
			case s := <-signals:
				if n == 0 {
					logs.Info("stopping", "signal", s.String())
					r.Stop()
					continue
				}
				logs.Warn("stopping at once", "signal", s.String())
				hurried = true
				r.CallFromThread(func() { r.Crash() })
				return
			case <-ended:
				return
			}
		}
	}()
	err := r.Run(ctx)
	close(ended)
	<-watching
	if err != nil {
		return err
	}
	if hurried {
		return errors.New("stopped at once by a second signal")
	}
	logs.Info("stopped")
	return nil
}
