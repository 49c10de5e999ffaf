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
	local exit=$? IFS=$' \t\n' name kept=
	printf '\e]133;D;aid=%s;%s\a' "@ID@" "$exit"
	__podlab_marks
	for name in $__podlab_names; do
		[[ -v $name ]] && kept+="$name=${!name@Q}"$'\n'
	done
	[[ $kept == "$__podlab_kept" ]] && return
	__podlab_kept=$kept
	(umask 077 && printf '%s' "$kept" >|"$PODLAB_KEPT") 2>/dev/null
}
__podlab_marks() { # the marks stay where the prompts become the learner's own
	shopt -s promptvars
	[[ ${PS0-} == *@ID@* ]] || PS0=${PS0-}'\e]133;C;aid=@ID@;cmdline_url=$(__podlab_line)\a'
	[[ ${PS1-} == *@ID@* ]] || PS1='\[\e]133;A;aid=@ID@;$?${PS0##*@ID@}\a\]'${PS1-}
	[[ ${PS2-} == *@ID@* ]] || PS2='\[\e]133;A;aid=@ID@;k=s\a\]'${PS2-}
}
PROMPT_COMMAND=__podlab_prompt PS0='' PS1='$ ' PS2='> '
__podlab_marks
stty -ixon # Ctrl-S searches forward
HISTFILE=$PODLAB_HISTORY
HISTCONTROL=
unset HISTIGNORE HISTTIMEFORMAT
HISTSIZE=2000
shopt -s cmdhist lithist histappend checkwinsize
set -o history
history -r "$HISTFILE" 2>/dev/null
__podlab_kept=
__podlab_names= # not those of the shell itself and of the environment
for __podlab_name in $PODLAB_KEEP; do
	[[ -v $__podlab_name ]] || __podlab_names+=" $__podlab_name"
done
[[ -r $PODLAB_KEPT ]] && source "$PODLAB_KEPT"
alias k=kubectl ls='ls --color=auto'
