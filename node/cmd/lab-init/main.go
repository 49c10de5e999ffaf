// Command lab-init runs a lab: as its supervisor, as the first process of each
// node, as the way into a node, to take root's rights from a component, to
// make a node's containerd forget its containers between two labs, and as the
// first process of a kind node. It holds
// nothing of Kubernetes, so that it starts at once and needs little memory.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/podlab/podlab/node/internal/kindnode"
	"github.com/podlab/podlab/node/internal/lab"
	"github.com/podlab/podlab/node/internal/seed"
)

const usage = `usage: lab-init supervise --config FILE
       lab-init node --config FILE --name NODE
       lab-init enter --pid PID [--cgroup FILE[,FILE…]] -- COMMAND [ARGUMENT…]
       lab-init as --uid UID -- COMMAND [ARGUMENT…]
       lab-init forget CONTAINERD-ROOT…
       lab-init kind-node`

func main() {
	log.SetFlags(log.Ldate | log.Ltime | log.Lmicroseconds)
	log.SetPrefix("lab-init: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no subcommand\n%s", usage)
	}
	flags := flag.NewFlagSet("lab-init "+args[0], flag.ContinueOnError)
	config := flags.String("config", "", "the lab's description")
	name := flags.String("name", "", "the node's name")
	pid := flags.Int("pid", 0, "a process in the node")
	uid := flags.Int("uid", 0, "the user to run as")
	cgroup := flags.String("cgroup", "", "cgroup.procs files to join")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "supervise":
		return lab.Supervise(*config)
	case "node":
		log.SetPrefix("lab-init: " + *name + ": ")
		return lab.RunNode(*config, *name)
	case "enter":
		if *pid <= 0 || flags.NArg() == 0 {
			return fmt.Errorf("enter needs a process and a command\n%s", usage)
		}
		procs := strings.FieldsFunc(*cgroup, func(r rune) bool { return r == ',' })
		return lab.Enter(*pid, procs, os.Environ(), flags.Args())
	case "as":
		if *uid <= 0 || flags.NArg() == 0 {
			return fmt.Errorf("as needs a user and a command\n%s", usage)
		}
		return lab.As(*uid, flags.Args())
	case "kind-node":
		return kindnode.Run(os.Stdout)
	case "forget":
		for _, root := range flags.Args() {
			if err := seed.Forget(root); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("unknown subcommand %q\n%s", args[0], usage)
}
