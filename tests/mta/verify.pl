#!/usr/bin/perl
# Verifies messages with Mail::DKIM: verify.pl DNS-PORT, paths on standard
# input. One line for each path: results as domain/selector/algorithm/result/detail,
# separated by tabs.
use strict;
use warnings;
use Net::DNS;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;

my $port = shift @ARGV;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
	nameservers => ['127.0.0.1'], port => $port, recurse => 1, udp_timeout => 5));
$| = 1;
while (my $path = <STDIN>) {
	chomp $path;
	open(my $file, '<:raw', $path) or die "$path: $!\n";
	my $verifier = Mail::DKIM::Verifier->new();
	while (read($file, my $chunk, 65536)) {
		$verifier->PRINT($chunk);
	}
	close($file);
	$verifier->CLOSE;
	print join("\t", map {
		my $detail = $_->result_detail;
		$detail =~ s/[\t\n\/]/ /g;
		join('/', $_->domain // '', $_->selector // '', $_->algorithm // '', $_->result // '', $detail)
	} $verifier->signatures), "\n";
}
