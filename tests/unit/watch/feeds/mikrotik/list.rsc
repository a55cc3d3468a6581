# 2026-11-23 08:00:00 by RouterOS 7.16
/ip firewall address-list
add list=bad comment="Example \"RAT\"" address=192.0.2.7
add address=198.51.100.0/24 list=bad timeout=1d
add address=203.0.113.4-203.0.113.9 \
    comment=range list=bad
add address=192.0.2.9 disabled=yes list=bad
/ipv6 firewall address-list
add address=2001:db8::/32 list=bad6
/ip firewall filter
add action=drop chain=input src-address-list=bad address=192.0.2.200
