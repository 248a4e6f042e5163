// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"path/filepath"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/inetd"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/core/usage"
)

var inetdPlugin = app.Plugin{
	Name:  "inetd",
	Short: "Start programs for those who connect (inetd.conf)",
	Long: `Inetd listens on the ports of a file in the form of inetd.conf, and gives each connection to a program as its standard input and output. A line is

  [HOST:]SERVICE stream|dgram PROTOCOL wait|nowait[.RATE][/NUMBER] USER[.GROUP] PROGRAM|internal [ARGUMENTS]

where PROTOCOL is tcp, tcp4, tcp6, udp, udp4, udp6 or unix, and the first of ARGUMENTS is the program's name for itself. The internal services are echo, discard, daytime, chargen and time.

SIGHUP reads the file again: services that are new in it are opened, those that are gone are closed, the others go on. Programs get SIGTERM when inetd stops, and SIGKILL after --kill-time. Running programs as other users takes root's rights, which
--uid would give up.`,
	Example: `twist inetd --file /etc/inetd.conf
twist inetd --file ./inetd.conf --rate 600 --max-children 50`,
	New: func(o *usage.Options) app.Maker {
		cfg := inetd.Config{File: inetd.DefaultFile, Rate: inetd.DefaultRate, Off: inetd.DefaultOff, MaxChildren: inetd.DefaultMaxChildren, MaxOfService: inetd.DefaultMaxOfService, Grace: inetd.DefaultGrace}
		file := o.String(&cfg.File, "file", "f", "the configuration")
		file.Metavar, file.Complete = "FILE", usage.Files
		ports := o.String(&cfg.Ports, "services", "", "the file of names of ports; "+inetd.DefaultPorts+" need not be there")
		ports.Metavar, ports.Complete = "FILE", usage.Files
		o.Flag(&cfg.DisableInternal, "nointernal", "i", "leave the internal services out")
		o.Int(&cfg.Rate, "rate", "", "how often a service may start in a minute before it is switched off")
		o.Duration(&cfg.Off, "off", "", "for how long it is then")
		o.Int(&cfg.MaxChildren, "max-children", "", "how many programs and internal connections there may be")
		o.Int(&cfg.MaxOfService, "max-of-service", "", "how many of one service")
		o.Duration(&cfg.Grace, "kill-time", "k", "how long a program may take to end before it is killed")
		o.Check(func() error { return checkInetd(&cfg) })
		return func(env *app.Env) (service.Service, error) {
			for _, name := range []*string{&cfg.File, &cfg.Ports} { // --rundir may change the folder
				if *name == "" {
					continue
				}
				abs, err := filepath.Abs(*name)
				if err != nil {
					return nil, err
				}
				*name = abs
			}
			cfg.Logger = env.Log
			return inetd.New(env.Reactor, cfg), nil
		}
	},
}

func checkInetd(cfg *inetd.Config) error {
	for name, n := range map[string]int{"rate": cfg.Rate, "max-children": cfg.MaxChildren, "max-of-service": cfg.MaxOfService} {
		if n <= 0 {
			return &usage.Error{Option: "--" + name, Err: fmt.Errorf("%d is not above 0", n)}
		}
	}
	if cfg.Off <= 0 || cfg.Grace <= 0 {
		return usage.Errorf("", "--off and --kill-time have to be above 0")
	}
	return nil
}
