// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/procmon"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

var procmonPlugin = app.Plugin{
	Name:  "procmon",
	Short: "Keep programs running",
	Long: `Procmon starts programs, logs what they write, line by line, and starts them again when they end: at once if they ran for --threshold, else after a delay that doubles each time.

The words behind -- are the command of one program. Each --program NAME=COMMAND is one more, which the shell (sh) runs. When procmon stops, its programs and what those have started get SIGTERM, and SIGKILL after --kill-time;
let --grace be longer than that.`,
	Example: `twist procmon -- worker --verbose
twist procmon --threshold 10s --max-restart-delay 5m -- /usr/sbin/nginx -g "daemon off;"
twist procmon --program web="exec ./web --port 8080" --program mailer="exec ./mailer"`,
	New: func(o *usage.Options) app.Maker {
		p := procmonOptions{threshold: procmon.DefaultThreshold, killTime: procmon.DefaultKillTime, minDelay: procmon.DefaultMinRestartDelay, maxDelay: procmon.DefaultMaxRestartDelay}
		o.Duration(&p.threshold, "threshold", "t", "how long a program has to run to be started again at once")
		o.Duration(&p.killTime, "kill-time", "k", "how long a program may take to end before it is killed")
		o.Duration(&p.minDelay, "min-restart-delay", "m", "the first delay before a program that ended too soon is started again")
		o.Duration(&p.maxDelay, "max-restart-delay", "M", "the longest")
		o.Strings(&p.programs, "program", "", "another program, and the shell's command that runs it").Metavar = "NAME=COMMAND"
		o.Rest(&p.command, "COMMAND", "a program and its arguments", 0).Complete = usage.Files
		o.Check(p.check)
		return p.make
	},
}

// procmonOptions are the options of "twist procmon".
type procmonOptions struct {
	threshold, killTime, minDelay, maxDelay time.Duration
	programs, command                       []string
}

func (p *procmonOptions) check() error {
	if len(p.programs) == 0 && len(p.command) == 0 {
		return usage.Errorf("", "which program? Write it behind --, or as --program NAME=COMMAND")
	}
	for name, d := range map[string]time.Duration{"threshold": p.threshold, "kill-time": p.killTime, "min-restart-delay": p.minDelay, "max-restart-delay": p.maxDelay} {
		if d <= 0 {
			return usage.Errorf("--"+name, "%v is not above 0", d)
		}
	}
	if p.minDelay > p.maxDelay {
		return usage.Errorf("--min-restart-delay", "%v is above --max-restart-delay, %v", p.minDelay, p.maxDelay)
	}
	for _, text := range p.programs {
		if name, command, ok := strings.Cut(text, "="); !ok || name == "" || strings.TrimSpace(command) == "" {
			return usage.Errorf("--program", "%q is not NAME=COMMAND", text)
		}
	}
	return nil
}

func (p *procmonOptions) make(env *app.Env) (service.Service, error) {
	m := procmon.New(env.Reactor, procmon.Options{Threshold: p.threshold, KillTime: p.killTime, MinRestartDelay: p.minDelay, MaxRestartDelay: p.maxDelay, Logger: env.Log})
	if len(p.command) > 0 {
		path, err := exec.LookPath(p.command[0])
		if err != nil {
			return nil, err
		}
		if path, err = filepath.Abs(path); err != nil { // --rundir may change the folder
			return nil, err
		}
		if err := m.Add(filepath.Base(p.command[0]), process.Config{Path: path, Args: p.command}); err != nil {
			return nil, err
		}
	}
	for _, text := range p.programs {
		name, command, _ := strings.Cut(text, "=")
		if err := m.Add(name, process.Config{Args: []string{"sh", "-c", command}}); err != nil {
			return nil, &usage.Error{Option: "--program", Err: fmt.Errorf("%s: %w", name, err)}
		}
	}
	if p.killTime >= env.Grace {
		env.Log.Warn("--grace is over before --kill-time: programs that do not end by SIGTERM may be left", "kill-time", p.killTime, "grace", env.Grace)
	}
	return m, nil
}
