package doctor

// all are the checks, in the order in which they are told: what the embedded
// cluster needs, and what kind does.
func (d *doctor) all() []check {
	return []check{
		{"root", d.root},
		{"cgroups", d.cgroups},
		{"namespaces", d.namespaces},
		{"firewall", d.firewall},
		{"disk", d.disk},
		{"memory", d.memory},
		{"inotify", d.inotify},
		{"overlayfs", d.overlayfs},
		{"seccomp", d.seccomp},
		{"apparmor", d.appArmor},
		{"capabilities", d.capabilities},
		{"engine", d.engine},
		{"containers", d.containers},
		{"registry", d.registry},
		{"packages", d.packages},
		{"programs", d.programs},
		{"toolchain", d.toolchain},
	}
}
