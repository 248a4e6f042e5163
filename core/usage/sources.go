// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// A source is where a value came from. Those below override those above.
type source uint8

const (
	fromNothing source = iota
	fromConfig
	fromEnvironment
	fromCommandLine
)

// set gives the option a value. The first one from a source replaces what sources before it gave.
func (opt *Option) set(text string, has bool, from source) error {
	first := opt.source != from
	opt.source = from
	switch {
	case opt.action != nil:
		return opt.action()
	case opt.flag != nil:
		if !has {
			*opt.flag = true
			return nil
		}
		v, err := parseBool(text)
		if err != nil {
			return err
		}
		*opt.flag = v
		return nil
	}
	if first && opt.reset != nil {
		opt.reset()
	}
	return opt.Value.Set(text)
}

// EnvName returns the environment variable that sets the option, or "" if none does.
func (o *Options) EnvName(opt *Option) string {
	if o.EnvPrefix == "" || opt.CommandLineOnly || opt.action != nil {
		return ""
	}
	name := strings.Join(append(append([]string{o.EnvPrefix}, o.section...), opt.Long), "_")
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
}

// applyEnvironment gives values from variables. One of a Repeated option has a value a line.
func (o *Options) applyEnvironment() error {
	for _, opt := range o.options {
		name := o.EnvName(opt)
		if name == "" {
			continue
		}
		text, ok := o.lookup(name)
		if !ok {
			continue
		}
		texts := []string{text}
		if opt.Repeated {
			texts = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		}
		for _, t := range texts {
			if err := opt.set(t, true, fromEnvironment); err != nil {
				return o.errorIn("$"+name, err)
			}
		}
	}
	return nil
}

// ConfigFile declares an option that names a configuration file: see [ParseConfig]. Without it none is read.
func (o *Options) ConfigFile(long, short, doc string) *Option {
	c := &configured{}
	o.config = c
	c.option = o.String(&c.path, long, short, doc)
	c.option.Metavar, c.option.Complete = "FILE", Files
	return c.option
}

// A configured is the configuration file of a command and its sub-commands.
type configured struct {
	option *Option
	path   string
	file   *Config
}

// maxConfig bounds a configuration file.
const maxConfig = 1 << 20

// loadConfig reads the file that the command line or else the environment names.
func (o *Options) loadConfig() error {
	c := o.config
	if c == nil {
		return nil
	}
	path, as := c.path, "--"+c.option.Long
	if name := o.EnvName(c.option); name != "" {
		if v, ok := o.lookup(name); ok {
			path, as = v, "$"+name
		}
	}
	for _, s := range o.settings {
		if s.opt == c.option {
			path, as = s.text, "--"+c.option.Long
		}
	}
	if path == "" {
		return nil
	}
	text, err := readBounded(path)
	if err != nil {
		return o.errorIn(as, err)
	}
	if c.file, err = ParseConfig(path, text); err != nil {
		return o.errorIn(as, err)
	}
	for _, s := range c.file.Sections {
		if err := o.knowsSection(strings.Fields(s.Name)); err != nil {
			return o.errorIn(fmt.Sprintf("%s:%d", path, s.Line), err)
		}
	}
	return nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfig)
	}
	return text, err
}

// knowsSection reports a section that is no command's.
func (o *Options) knowsSection(path []string) error {
	at := o
	for _, name := range path {
		c := at.command(name)
		if c == nil || c.Raw {
			var names []string
			for have := range at.Commands() {
				names = append(names, have.Name)
			}
			return fmt.Errorf("section [%s] is no command's%s", strings.Join(path, " "), didYouMean(name, "", names))
		}
		at = at.Sub(c)
	}
	return nil
}

// applyConfig gives values from the section of the command.
func (o *Options) applyConfig() error {
	if o.config == nil || o.config.file == nil {
		return nil
	}
	for _, e := range o.config.file.Section(strings.Join(o.section, " ")) {
		where := fmt.Sprintf("%s:%d: %s", o.config.file.Name, e.Line, e.Name)
		var opt *Option
		var names []string
		for _, have := range o.options {
			if have.action == nil && !have.CommandLineOnly && have != o.config.option {
				if names = append(names, have.Long); fold(have.Long) == fold(e.Name) {
					opt = have
				}
			}
		}
		if opt == nil {
			return o.errorIn(where, fmt.Errorf("there is no such option%s", didYouMean(e.Name, "", names)))
		}
		if err := opt.set(e.Value, true, fromConfig); err != nil {
			return o.errorIn(where, err)
		}
	}
	return nil
}
