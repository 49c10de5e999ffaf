# The rules of podlab's terminal. It is made anew each time podlab starts.
__podlab_line() {
	local IFS=$' \t\n' LC_ALL=C line
	line=$(HISTTIMEFORMAT='' builtin history 1)
	[[ $line =~ ^[[:space:]]*[0-9]+\*?[[:space:]][[:space:]]?(.*)$ ]] && line=${BASH_REMATCH[1]}
	line=${line//'%'/%25}
	line=${line//$'\n'/%0A}
	line=${line//$'\t'/%09}
	line=${line//$'\e'/%1B}
	line=${line//$'\a'/%07}
	printf '%s' "${line//[[:cntrl:]]/?}"
}
__podlab_prompt() {
	local exit=$?
	printf '\e]133;D;aid=%s;%s\a' "@ID@" "$exit"
}
PROMPT_COMMAND=__podlab_prompt
PS0='\e]133;C;aid=@ID@;cmdline_url=$(__podlab_line)\a'
PS1='\[\e]133;A;aid=@ID@\a\]$ '
PS2='> '
HISTFILE=$PODLAB_HISTORY
HISTCONTROL=
unset HISTIGNORE HISTTIMEFORMAT
HISTSIZE=2000
shopt -s cmdhist lithist histappend checkwinsize
set -o history
history -r "$HISTFILE" 2>/dev/null
alias k=kubectl ls='ls --color=auto'
