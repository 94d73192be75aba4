%%% Copies stanzas of an external component (XEP-0114) to lists of recipients that the component has told: docs/copies.md.
%%% README.md describes the options.
%%%
%%% A process for each connection of a component takes all its stanzas from ejabberd_service and delivers them
%%% (component_multicast_connection). The process here has the service's address, for questions and for everybody else.
-module(mod_component_multicast).
-behaviour(gen_mod).
-behaviour(gen_server).

-export([start/2, stop/1, reload/3, depends/2, mod_options/1, mod_opt_type/1, mod_doc/0]).
-export([component_send_packet/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

-include("xmpp.hrl").

-define(NS_COPIES, <<"verona:copies:0">>).
%% Behind the other modules, which see each stanza once.
-define(LAST, 100).

-record(state, {domain :: binary(),
                senders :: [binary()],
                limits :: component_multicast_memory:limits()}).

%%% The module

start(Host, Opts) ->
    ejabberd_hooks:add(component_send_packet, ?MODULE, component_send_packet, ?LAST),
    component_multicast_session:start(Host),
    lists:foreach(fun(Domain) -> gen_mod:start_child(?MODULE, Domain, [Host, Opts]) end, gen_mod:get_opt_hosts(Opts)).

stop(Host) ->
    case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of
        true -> ok;
        false -> ejabberd_hooks:delete(component_send_packet, ?MODULE, component_send_packet, ?LAST)
    end,
    component_multicast_session:stop(Host),
    lists:foreach(fun(Domain) -> gen_mod:stop_child(?MODULE, Domain) end, gen_mod:get_module_opt_hosts(Host, ?MODULE)).

reload(Host, New, Old) ->
    lists:foreach(fun(Domain) -> gen_mod:stop_child(?MODULE, Domain) end, gen_mod:get_opt_hosts(Old)),
    lists:foreach(fun(Domain) -> gen_mod:start_child(?MODULE, Domain, [Host, New]) end, gen_mod:get_opt_hosts(New)).

depends(_Host, _Opts) ->
    [].

mod_opt_type(host) -> econf:host();
mod_opt_type(hosts) -> econf:hosts();
mod_opt_type(senders) -> econf:list(econf:domain());
mod_opt_type(addresses) -> econf:pos_int();
mod_opt_type(kept) -> econf:pos_int().

mod_options(Host) ->
    [{host, <<"copies.", Host/binary>>}, {hosts, []}, {senders, []}, {addresses, 100000}, {kept, 2000}].

mod_doc() ->
    #{desc => <<"Copies stanzas of an external component to lists of recipients.">>}.

%%% The hook, in the process of a component's connection

component_send_packet({Packet, #{host_opts := Domains} = Connection} = Sent) when is_tuple(Packet) ->
    #jid{lserver = Domain} = xmpp:get_from(Packet),
    case persistent_term:get({?MODULE, Domain}, undefined) of
        {Service, Limits} when is_map_key(Domain, Domains) ->
            Copier = case Connection of
                         #{?MODULE := Known} -> Known;
                         _ -> component_multicast_connection:start(Service, Limits)
                     end,
            {drop, Connection#{?MODULE => component_multicast_connection:take(Packet, Copier)}};
        _ ->
            Sent
    end;
component_send_packet(Sent) ->
    Sent.

%%% The process of the service's address

init([Domain, [Host, Opts]]) ->
    process_flag(trap_exit, true),
    Senders = gen_mod:get_opt(senders, Opts),
    Limits = {gen_mod:get_opt(addresses, Opts), gen_mod:get_opt(kept, Opts)},
    ejabberd_router:register_route(Domain, Host),
    lists:foreach(fun(Sender) -> persistent_term:put({?MODULE, Sender}, {Domain, Limits}) end, Senders),
    {ok, #state{domain = Domain, senders = Senders, limits = Limits}}.

handle_call(_Request, _From, State) ->
    {noreply, State}.

handle_cast(_Request, State) ->
    {noreply, State}.

handle_info({route, Packet}, State) ->
    answer(Packet, State),
    {noreply, State};
handle_info(_, State) ->
    {noreply, State}.

terminate(_Reason, #state{domain = Domain, senders = Senders}) ->
    lists:foreach(fun(Sender) -> persistent_term:erase({?MODULE, Sender}) end, Senders),
    ejabberd_router:unregister_route(Domain).

code_change(_OldVersion, State, _Extra) ->
    {ok, State}.

answer(#iq{type = get, sub_els = [Question]} = IQ, #state{limits = Limits}) ->
    Lang = xmpp:get_lang(IQ),
    ejabberd_router:route(
      case xmpp:get_ns(Question) of
          ?NS_DISCO_INFO -> xmpp:make_iq_result(IQ, info(Limits));
          ?NS_DISCO_ITEMS -> xmpp:make_iq_result(IQ, #disco_items{});
          %% The copies of all earlier stanzas have been delivered.
          ?NS_PING -> xmpp:make_iq_result(IQ);
          _ -> xmpp:make_error(IQ, xmpp:err_service_unavailable(<<"Not supported">>, Lang))
      end);
answer(Packet, _State) ->
    Text = <<"You may not use this service">>,
    ejabberd_router:route_error(Packet, xmpp:err_forbidden(Text, xmpp:get_lang(Packet))).

info({Addresses, Kept}) ->
    Fields = [#xdata_field{var = <<"FORM_TYPE">>, type = hidden, values = [?NS_COPIES]},
              #xdata_field{var = <<"addresses">>, values = [integer_to_binary(Addresses)]},
              #xdata_field{var = <<"kept">>, values = [integer_to_binary(Kept)]}],
    #disco_info{identities = [#identity{category = <<"service">>, type = <<"multicast">>, name = <<"Multicast">>}],
                features = [?NS_DISCO_INFO, ?NS_DISCO_ITEMS, ?NS_PING, ?NS_COPIES],
                xdata = [#xdata{type = result, fields = Fields}]}.
