package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
)

// Every network namespace of a lab ends in an "unreachable" default route
// instead of a way out: what is not the lab is refused at once, and no packet
// of a lesson ever leaves the machine.

func parseNet(cidr string) (*net.IPNet, error) {
	_, dst, err := net.ParseCIDR(cidr)
	if err != nil {
		return nil, fmt.Errorf("route: %w", err)
	}
	return dst, nil
}

func addRoutes(routes []Route) error {
	for _, r := range routes {
		dst, err := parseNet(r.Dst)
		if err != nil {
			return err
		}
		if err := netlink.RouteAdd(&netlink.Route{Dst: dst, Gw: net.ParseIP(r.Via)}); err != nil {
			return fmt.Errorf("add route %s via %s: %w", r.Dst, r.Via, err)
		}
	}
	unreachable := &netlink.Route{Dst: &net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}, Type: syscall.RTN_UNREACHABLE}
	if err := netlink.RouteAdd(unreachable); err != nil {
		return fmt.Errorf("close the way out: %w", err)
	}
	return nil
}

// forward lets this namespace pass packets on, and answer "unreachable" for
// those it cannot pass.
func forward() error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o600); err != nil {
		return fmt.Errorf("turn on forwarding: %w", err)
	}
	return nil
}

func up(name, address string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	if address != "" {
		addr, err := netlink.ParseAddr(address)
		if err != nil {
			return fmt.Errorf("address of %s: %w", name, err)
		}
		if err := netlink.AddrAdd(link, addr); err != nil {
			return fmt.Errorf("give %s the address %s: %w", name, address, err)
		}
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("turn on %s: %w", name, err)
	}
	return nil
}

// labNetwork makes the bridge and the routes of the lab's own namespace.
func labNetwork(s *Spec) error {
	if err := up("lo", ""); err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = s.Bridge
	if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}); err != nil {
		return fmt.Errorf("make bridge %s: %w", s.Bridge, err)
	}
	if err := up(s.Bridge, s.Address); err != nil {
		return err
	}
	if err := forward(); err != nil {
		return err
	}
	return addRoutes(s.Routes)
}

// plug connects a node's namespace, known by a process in it, to the bridge.
func plug(s *Spec, n *Node, pid int) error {
	bridge, err := netlink.LinkByName(s.Bridge)
	if err != nil {
		return fmt.Errorf("find bridge %s: %w", s.Bridge, err)
	}
	name := n.Name
	// The cable of a node that died can outlive it for a moment.
	if old, err := netlink.LinkByName(name); err == nil {
		if err := netlink.LinkDel(old); err != nil && !errors.Is(err, syscall.ENODEV) {
			return fmt.Errorf("unplug the old %s: %w", name, err)
		}
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	attrs.MasterIndex = bridge.Attrs().Index
	attrs.Flags = net.FlagUp
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsPid(pid)}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("plug in node %s: %w", n.Name, err)
	}
	return up(name, "")
}

// nodeNetwork configures a node's side once it is plugged in.
func nodeNetwork(n *Node) error {
	if err := up("lo", ""); err != nil {
		return err
	}
	if err := up("eth0", n.Address); err != nil {
		return err
	}
	if err := forward(); err != nil {
		return err
	}
	return addRoutes(n.Routes)
}
